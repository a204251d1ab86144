@testable import Engine
@testable import Incidents
import JSON
import Journal
import Model
import Time

// The only file here that knows how entries are encoded. A new codec changes only this file.

/// Reads an entry and writes it again. `data` that people sent is not a field of a payload, so it is taken from the words.
func reencode(_ stored: StoredEntry) throws -> (facts: [UInt8], words: [UInt8]) {
    let words = try object(stored.words ?? [])
    guard let payload = try stored.payload() else {
        throw RecordingFault(description: "\(stored.kind) is unknown")
    }
    var rest: [UInt8] = []
    if payload is any PostedPayload, case .object(let data)? = words["data"] { rest = data.encoded() }
    let bytes = EntryBytes(
        NewEntry<Incident>(
            payload, try stored.text(), at: stored.occurredAt, visibility: stored.visibility,
            source: source(in: words), rest: rest))
    return (bytes.facts, bytes.words)
}

/// The once key that the entry itself implies.
func onceKey(of stored: StoredEntry) throws -> String? {
    if let source = source(in: try object(stored.words ?? [])) {
        return DedupKey.source(system: source.system, ref: source.ref).stored
    }
    guard let nag = try stored.nag() else { return nil }
    return "nag:\(nag.about.rawValue):\(nag.dueAt.milliseconds):\(nag.number)"
}

/// The event types of an entry.
func eventTypes(of stored: StoredEntry, before: Incident?, after: Incident) throws -> [EventType] {
    guard let payload = try stored.payload() else { return [.entryAdded] }
    // Escalations have had a type of their own since.
    if payload is Escalated { return [.entryAdded] }
    return payload.events(on: after, at: stored.seq)
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
