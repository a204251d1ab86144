import Model

/// Parts of an incident's description in requests.
extension BodyReader {
    /// Upper bound of labels or links in a request.
    static let listMax = 50

    /// The labels; `nil` for those to remove.
    func labels(mayDrop: Bool) -> [(String, String?)] {
        map("labels", noun: "label", of: .short, mayDrop: mayDrop, countMax: BodyReader.listMax)
    }

    func links() -> [Incident.Link]? {
        objects(
            "links", countMax: BodyReader.listMax, noun: "link", form: "{\"url\", \"title\"}"
        ) { link in
            Incident.Link(url: link.text("url", .link), title: link.optionalText("title", .name))
        }
    }

    /// A member of a PATCH: `null` clears, absent keeps (RFC 7396).
    func patch<Value>(_ name: String, _ read: () -> Value?) -> Patch<Value> {
        if isNull(name) { return .clear }
        guard let value = ifPresent(name, read) else { return .keep }
        return value.map { .set($0) } ?? .keep
    }
}

/// Parts of an incident's description in entries.
extension ObjectWriter {
    mutating func write(_ name: StaticString, _ action: Incident.NextAction) {
        write(name) { object in
            object.write("text", action.text)
            object.writeOrNull("owner", action.owner)
        }
    }

    mutating func write(_ name: StaticString, _ links: [Incident.Link]) {
        write(name, objects: links) { object, link in
            object.write("url", link.url)
            object.writeOrNull("title", link.title)
        }
    }

    mutating func write(_ name: StaticString, labels: [String: String]) {
        write(name) { object in
            for (key, value) in labels.sortedByBytes { object.write(key: key, value) }
        }
    }

    mutating func write<Value>(
        _ name: StaticString, _ patch: Patch<Value>, _ write: (inout ObjectWriter, Value) -> Void
    ) {
        switch patch {
        case .keep: break
        case .clear: writeNull(name)
        case .set(let value): write(&self, value)
        }
    }
}

extension ObjectReader {
    func nextAction() throws(FieldError) -> Incident.NextAction? {
        guard let action = try object("next_action") else { return nil }
        return Incident.NextAction(text: try action.read("text"), owner: try action.read("owner"))
    }

    /// The labels; `nil` for removed ones.
    func labels() throws(FieldError) -> [(String, String?)] {
        guard let labels = try object("labels") else { return [] }
        var pairs: [(String, String?)] = []
        for name in labels.names(samples: ["service"]) { pairs.append((name, try labels.read(name))) }
        return pairs
    }

    func links() throws(FieldError) -> [Incident.Link] {
        var links: [Incident.Link] = []
        for link in try objects("links") {
            links.append(.init(url: try link.read("url"), title: try link.read("title")))
        }
        return links
    }

    func textPatch(_ name: String) throws(FieldError) -> Patch<String> {
        try patch(name) { (object) throws(FieldError) in try object.read(name) }
    }

    func patch<Value>(
        _ name: String, _ read: (ObjectReader) throws(FieldError) -> Value
    ) throws(FieldError) -> Patch<Value> {
        guard has(name) else { return .keep }
        return isNull(name) ? .clear : .set(try read(self))
    }
}
