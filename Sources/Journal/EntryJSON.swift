import Incidents
import JSON
import Platform
import Time

extension StoredEntry {
    /// Whether it was recorded more than 120 s after it happened.
    public var late: Bool {
        Entry.isLate(occurredAt: occurredAt, recordedAt: recordedAt)
    }
}

extension JSONWriter {
    /// The members of an entry, into the object that is open (api.md, "Incidents"): its `data` is facts and words together.
    public mutating func members(of entry: StoredEntry) throws(UnreadableEntry) {
        let words = try entry.readWords()
        member("seq", entry.seq)
        member("position", entry.position)
        member("id", entry.id)
        member("incident", Incident.ref(entry.incident))
        member("kind", entry.kind.rawValue)
        member("text", words.text)
        name("data")
        beginObject()
        rawMembers(ofObject: entry.facts)
        if let data = words.data {
            for item in data.members {
                name(item.name)
                value(item.value)
            }
        }
        endObject()
        member("author", entry.author)
        member("posted_by", entry.postedBy)
        member("occurred_at", entry.occurredAt)
        member("recorded_at", entry.recordedAt)
        member("late", entry.late)
        member("visibility", entry.visibility.rawValue)
        name("source")
        if let source = words.source { value(source) } else { null() }
        member("hash", Hex.encode(entry.hash))
    }

    /// The members of a status update: its entry's, and what the cadence made of it.
    public mutating func members(ofUpdate entry: StoredEntry) throws(UnreadableEntry) {
        try members(of: entry)
        guard case .updatePublished(let update) = try entry.folded().event else { return }
        member("slot", update.slot)
        name("late_by_seconds")
        if let late = update.lateBySeconds { integer(late) } else { null() }
        member("next_update_due_at", update.beat?.dueAt)
        // Lint is not built yet: nothing was looked for, so nothing was found.
        name("lint")
        beginArray()
        endArray()
    }
}

extension StoredEntry {
    fileprivate struct Words {
        var text = redacted
        var data: JSONObject?
        var source: JSONValue?
    }

    fileprivate func readWords() throws(UnreadableEntry) -> Words {
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
