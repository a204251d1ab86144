@testable import Engine
@testable import Incidents
import JSON
import Journal
import Time

// The one file here that knows how entries are read and written today. Whoever replaces the codec changes it and nothing else.

/// Reads an entry and writes it again. The fold needs nothing of what people write but its facts, so their data comes from the words.
func reencode(_ stored: StoredEntry) throws -> (facts: [UInt8], words: [UInt8]) {
    let words = try object(stored.words ?? [])
    var event = try stored.folded().event
    if case .posted(var posted) = event {
        if case .string(let claimed)? = try object(stored.facts)["claimed_at"] {
            posted.claimedAt = try Timestamp(rfc3339: claimed)
        }
        if case .object(let data)? = words["data"] { posted.data = data.encoded() }
        event = .posted(posted)
    }
    let halves = Halves(
        Proposal(
            event: event, text: try stored.text(), occurredAt: stored.occurredAt,
            visibility: stored.visibility, source: source(in: words)))
    return (halves.facts, halves.words)
}

/// What may stand in the incident's journal only once, as the entry itself says it.
func onceKey(of stored: StoredEntry) throws -> String? {
    if let source = source(in: try object(stored.words ?? [])) {
        return DedupKey.text(.source(system: source.system, ref: source.ref))
    }
    guard case .nagSent(let nag) = try stored.folded().event else { return nil }
    return DedupKey.text(.nag(about: nag.about, due: nag.dueAt, number: nag.number))
}

/// The types of events that an entry gives.
func eventTypes(of stored: StoredEntry, before: Incident?, after: Incident) throws -> [EventType] {
    EventType.types(of: try stored.folded().event, before: before, after: after)
}

/// The members of stored facts or words.
func object(_ bytes: [UInt8]) throws -> JSONObject {
    guard case .object(let object) = try JSONReader.read(bytes, limits: .stored) else {
        throw RecordingFault(description: "\(String(decoding: bytes, as: UTF8.self)) is no object")
    }
    return object
}

private func source(in words: JSONObject) -> Source? {
    guard case .object(let object)? = words["source"], case .string(let system)? = object["system"],
        case .string(let ref)? = object["ref"]
    else { return nil }
    guard case .string(let url)? = object["url"] else { return Source(system: system, ref: ref, url: nil) }
    return Source(system: system, ref: ref, url: url)
}

extension StoredEntry {
    /// The entry after a redaction.
    var erased: StoredEntry {
        var entry = self
        entry.words = nil
        entry.salt = nil
        return entry
    }
}
