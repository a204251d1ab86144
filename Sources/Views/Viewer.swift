import Incidents
import Journal
import JSON
import Model

/// Whom a body is for. What they are not shown is `null` (api.md, "Auth").
public struct Viewer: Sendable {
    public let contacts: Contacts
    /// Whether an incident does not exist for them, by its number.
    public let hides: @Sendable (Int) -> Bool

    public init(_ contacts: Contacts, hides: @escaping @Sendable (Int) -> Bool) {
        self.contacts = contacts
        self.hides = hides
    }

    /// One who is shown everything.
    public static let unrestricted = Viewer(.shown) { _ in false }
}

extension StoredEntry {
    /// The fact that names another incident, by kind. The texts of these kinds are the service's own, and have its ref.
    private static let namingFacts: [EntryKind: String] = [
        Linked.kind: "ref", Cancelled.kind: "duplicate_of",
    ]

    /// The entry without the ref of an incident that does not exist for the viewer: `null` in its data, and "another incident" in its text.
    ///
    /// Its payload cannot be read any more, so it is only for showing.
    public func shown(to viewer: Viewer) throws(UnreadableEntry) -> StoredEntry {
        guard let hidden = try hiddenFact(from: viewer) else { return self }
        var facts = hidden.facts
        facts.members[hidden.index].value = .null
        var entry = self
        entry.facts = facts.encoded()
        guard let words, case .object(var object) = try read(words),
            let index = object.members.firstIndex(where: { $0.name == "text" }),
            case .string(let text) = object.members[index].value
        else { return entry }
        object.members[index].value = .string(text.replacing(word: hidden.ref, with: "another incident"))
        entry.words = object.encoded()
        return entry
    }

    private func hiddenFact(
        from viewer: Viewer
    ) throws(UnreadableEntry) -> (facts: JSONObject, index: Int, ref: String)? {
        guard let fact = StoredEntry.namingFacts[kind], case .object(let facts) = try read(facts),
            let index = facts.members.firstIndex(where: { $0.name == fact }),
            case .string(let ref) = facts.members[index].value, let number = Incident.number(inRef: ref),
            viewer.hides(number)
        else { return nil }
        return (facts, index, ref)
    }

    private func read(_ bytes: [UInt8]) throws(UnreadableEntry) -> JSONValue {
        do throws(JSONFault) {
            return try JSONReader.read(bytes, limits: .stored)
        } catch {
            throw UnreadableEntry(position: position, detail: "it is damaged: \(error.reason)")
        }
    }
}

extension String {
    /// With each occurrence of a ref replaced, but not of a longer one that begins with it: `INC-7`, but not `INC-70`.
    fileprivate func replacing(word ref: String, with other: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(utf8)[...]
        let ref = Array(ref.utf8)
        while let first = rest.first {
            let next = rest.dropFirst(ref.count).first
            if rest.starts(with: ref), next.map({ !(0x30...0x39).contains($0) }) ?? true {
                bytes += Array(other.utf8)
                rest = rest.dropFirst(ref.count)
            } else {
                bytes.append(first)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
