import Encoding
import Incidents
import Journal
import JSON
import Model
import Time

extension StoredEntry {
    /// An entry recorded later than this after it happened is late (domain.md, section 5).
    public static let lateAfter: Duration = .seconds(120)

    /// The member of `data` that holds contacts, by kind.
    fileprivate static let contactMembers: [EntryKind: String] = [
        Declared.kind: "contacts", RoleAssigned.kind: "contact", Escalated.kind: "contact",
    ]

    public static func isLate(_ occurredAt: Timestamp, recordedAt: Timestamp) -> Bool {
        recordedAt - occurredAt > lateAfter
    }

    public var late: Bool { StoredEntry.isLate(occurredAt, recordedAt: recordedAt) }
}

extension JSONWriter {
    /// Writes an entry's members into the open object (api.md, "Incidents"); `data` merges facts and words.
    ///
    /// `amendments` are the entries that amend it, ascending; none in the response that created it.
    public mutating func members(
        of entry: StoredEntry, for viewer: Viewer, amendedBy amendments: [StoredEntry] = []
    ) throws(UnreadableEntry) {
        let shown = try entry.shown(to: viewer)
        let words = try shown.readWords()
        member("seq", entry.seq)
        member("position", entry.position)
        member("id", entry.id)
        member("incident", Incident.ref(of: entry.stream))
        member("kind", entry.kind.rawValue)
        member("text", words.text)
        name("data")
        beginObject()
        rawMembers(ofObject: shown.facts)
        if let data = words.data {
            let hidden = viewer.contacts == .hidden ? StoredEntry.contactMembers[entry.kind] : nil
            for item in data.members {
                name(item.name)
                if item.name == hidden { null() } else { value(item.value) }
            }
        }
        endObject()
        member("author", entry.author)
        member("posted_by", entry.postedBy)
        member("occurred_at", entry.occurredAt)
        member("recorded_at", entry.recordedAt)
        member("late", entry.late)
        member("visibility", entry.visibility.rawValue)
        member("source", value: words.source ?? .null)
        member("hash", Hex.encode(entry.hash))
        try became(entry, amendments)
        name("corrections")
        beginArray()
        for amendment in amendments {
            guard let correction = try amendment.payload() as? Correction else { continue }
            beginObject()
            member("seq", amendment.seq)
            member("text", try amendment.text())
            member("withdraws", correction.withdraws)
            endObject()
        }
        endArray()
    }

    /// Writes the effect of the confirmations of an entry; `null` when there are none.
    private mutating func became(
        _ entry: StoredEntry, _ amendments: [StoredEntry]
    ) throws(UnreadableEntry) {
        name("became")
        guard !amendments.isEmpty else { return null() }
        let target = AmendedEntry<Incident>(
            try .init(entry),
            amendments: try amendments.map { (entry) throws(UnreadableEntry) in try .init(entry) })
        let inForce = InForce(target)
        guard let seq = inForce.confirmedBy else { return null() }
        beginObject()
        member("seq", seq)
        member("visibility", inForce.visibility.rawValue)
        switch inForce.verdict {
        case .confirmed?: member("confirmed", true)
        case .state(let state)?: member("state", state.rawValue)
        case .complete(let complete)?: member("complete", complete)
        case nil: break
        }
        endObject()
    }

    /// Writes all members that an entry has by its kind: a status update also has those of the cadence.
    public mutating func membersByKind(
        of entry: StoredEntry, for viewer: Viewer, amendedBy amendments: [StoredEntry] = []
    ) throws(UnreadableEntry) {
        if entry.kind == UpdatePublished.kind {
            try members(ofUpdate: entry, for: viewer, amendedBy: amendments)
        } else {
            try members(of: entry, for: viewer, amendedBy: amendments)
        }
    }

    /// Writes a status update: the entry's members, and the cadence's.
    public mutating func members(
        ofUpdate entry: StoredEntry, for viewer: Viewer, amendedBy amendments: [StoredEntry] = []
    ) throws(UnreadableEntry) {
        try members(of: entry, for: viewer, amendedBy: amendments)
        guard let update = try entry.payload() as? UpdatePublished else { return }
        member("slot", update.slot)
        member("late_by_seconds", update.lateBySeconds)
        member("next_update_due_at", update.beat?.dueAt)
        let text = try entry.text()
        name("lint")
        beginArray()
        for finding in update.lint {
            // Erased words have no spans.
            let words = entry.words == nil ? redacted : finding.words(in: text)
            object(ofFinding: finding.rule, finding.span, words, finding.suggestion)
        }
        endArray()
    }

    /// Writes a finding of the linter (api.md, "The beat").
    public mutating func object(
        ofFinding rule: String, _ span: Range<Int>, _ words: String, _ suggestion: String
    ) {
        beginObject()
        member("rule", rule)
        name("span")
        beginArray()
        integer(span.lowerBound)
        integer(span.upperBound)
        endArray()
        member("text", words)
        member("suggestion", suggestion)
        endObject()
    }
}
