import Routing

extension RequestContext {
    /// A page of a list in memory; the cursor is an item's id. That of a webhook or token which was deleted stays valid.
    func page<Item>(_ all: [Item], id: KeyPath<Item, String>) throws(Problem) -> (
        items: [Item], next: String?
    ) {
        let query = try query(["limit", "after"])
        let limit = try query.limit()
        var rest = all[...]
        if let after = query["after"] {
            guard let start = RequestContext.start(after, all.map { $0[keyPath: id] }) else {
                throw .unknownCursor
            }
            rest = all[start...]
        }
        let items = Array(rest.prefix(limit))
        return (items, rest.count > limit ? items.last.map { $0[keyPath: id] } : nil)
    }

    /// Start of the page after a cursor; `nil` for an invalid cursor.
    private static func start(_ after: String, _ ids: [String]) -> Int? {
        if let index = ids.firstIndex(where: { $0.utf8.elementsEqual(after.utf8) }) { return index + 1 }
        // The cursor's item was deleted. Newer items come first and ids ascend with time, so the page starts at the first id below it.
        guard after.utf8.count == idBytes, deletablePrefixes.contains(where: after.hasPrefix) else {
            return nil
        }
        return ids.firstIndex { $0 < after } ?? ids.count
    }

    /// Prefixes of the ids of webhooks and tokens.
    private static let deletablePrefixes = ["whk_", "tok_"]
    /// A prefix of four bytes and a ULID.
    private static let idBytes = 30
}
