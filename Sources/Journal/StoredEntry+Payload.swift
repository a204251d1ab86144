import Incidents
import JSON
import Model

/// A stored entry that does not read as one: the journal was damaged.
public struct UnreadableEntry: Error, Sendable, Equatable {
    /// Its position.
    public let position: Int
    /// What is missing or odd.
    public let detail: String
}

extension StoredEntry {
    /// Where it stands.
    public var place: Place {
        Place(
            seq: seq, author: Person(author), occurredAt: occurredAt, recordedAt: recordedAt,
            visibility: visibility)
    }

    /// What it says to an aggregate; `nil` when its kind is of a newer version. What was redacted reads `[redacted]`.
    public func payload<State: Aggregate>(
        of aggregate: State.Type
    ) throws(UnreadableEntry) -> (any EntryPayload<State>)? {
        guard let type = State.kinds[kind] else { return nil }
        return try payload(type)
    }

    /// What it says, read as that kind.
    func payload<State: Aggregate>(
        _ type: any EntryPayload<State>.Type
    ) throws(UnreadableEntry) -> any EntryPayload<State> {
        do throws(FieldError) {
            return try type.init(from: FieldReader(facts: facts, words: words))
        } catch {
            throw UnreadableEntry(position: position, detail: error.detail)
        }
    }

    /// What it says of an incident.
    public func payload() throws(UnreadableEntry) -> (any EntryPayload<Incident>)? {
        try payload(of: Incident.self)
    }

    /// The event that it is on a stream: one for each entry. A breach is no event of its own there; the nag's `data.breached` tells it.
    public func eventType() throws(UnreadableEntry) -> EventType {
        try nag()?.event ?? Incident.kinds[kind]?.event ?? .entryAdded
    }

    /// The nag that it records; `nil` for any other.
    public func nag() throws(UnreadableEntry) -> NagSent? {
        kind == NagSent.kind ? try payload() as? NagSent : nil
    }

    /// The entry's text; `[redacted]` once erased.
    public func text() throws(UnreadableEntry) -> String {
        try readWords().text
    }

    /// What people wrote of it, read from its bytes.
    public struct Words {
        public var text = redacted
        public var data: JSONObject?
        public var source: JSONValue?
    }

    public func readWords() throws(UnreadableEntry) -> Words {
        guard let words else { return Words() }
        do throws(JSONFault) {
            guard case .object(let object) = try JSONReader.read(words, limits: .stored),
                case .string(let text)? = object["text"]
            else {
                throw JSONFault(offset: 0, reason: "not an object with a text")
            }
            var read = Words(text: text)
            if case .object(let data)? = object["data"] { read.data = data }
            read.source = object["source"]
            return read
        } catch {
            throw UnreadableEntry(position: position, detail: "its words are damaged: \(error.reason)")
        }
    }
}

extension AmendedEntry.Entry {
    /// An entry as a rule looks at it.
    public init(_ entry: StoredEntry) throws(UnreadableEntry) {
        self.init(
            place: entry.place, kind: entry.kind, payload: try entry.payload(of: State.self),
            text: try entry.text())
    }
}
