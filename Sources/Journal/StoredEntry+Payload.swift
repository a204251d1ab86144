import Incidents
import JSON
import Model

/// A stored entry that cannot be parsed: the journal is damaged.
public struct UnreadableEntry: Error, Sendable, Equatable {
    public let position: Int
    /// What is missing or invalid.
    public let detail: String

    public init(position: Int, detail: String) {
        self.position = position
        self.detail = detail
    }
}

extension StoredEntry {
    /// The entry's place in its stream, as rules see it.
    public var place: Place {
        Place(
            seq: seq, id: id, author: Person(author), occurredAt: occurredAt, recordedAt: recordedAt,
            visibility: visibility)
    }

    /// The parsed payload; `nil` when its kind belongs to a newer version. Redacted text reads `[redacted]`.
    public func payload<State: Aggregate>(
        of aggregate: State.Type
    ) throws(UnreadableEntry) -> (any EntryPayload<State>)? {
        guard let type = State.kinds[kind] else { return nil }
        return try payload(type)
    }

    func payload<State: Aggregate>(
        _ type: any EntryPayload<State>.Type
    ) throws(UnreadableEntry) -> any EntryPayload<State> {
        do throws(FieldError) {
            return try type.init(from: FieldReader(facts: facts, words: words))
        } catch {
            throw UnreadableEntry(position: position, detail: error.detail)
        }
    }

    /// The parsed payload of an incident's entry.
    public func payload() throws(UnreadableEntry) -> (any EntryPayload<Incident>)? {
        try payload(of: Incident.self)
    }

    /// The event type of the entry on a stream: exactly one per entry. A breach is not an event of its own there; the nag's
    /// `data.breached` tells it.
    public func eventType() throws(UnreadableEntry) -> EventType {
        try nag()?.event ?? Incident.kinds[kind]?.event ?? .entryAdded
    }

    /// The nag that the entry records; `nil` for other kinds.
    public func nag() throws(UnreadableEntry) -> NagSent? {
        kind == NagSent.kind ? try payload() as? NagSent : nil
    }

    /// The entry's text; `[redacted]` after a redaction.
    public func text() throws(UnreadableEntry) -> String {
        try readWords().text
    }

    /// The parsed words; all `[redacted]` or `nil` after a redaction.
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
    public init(_ entry: StoredEntry) throws(UnreadableEntry) {
        self.init(
            place: entry.place, kind: entry.kind, payload: try entry.payload(of: State.self),
            text: try entry.text())
    }
}
