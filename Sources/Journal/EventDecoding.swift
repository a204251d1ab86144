import Incidents
import JSON

/// A stored entry that does not read as one: the journal was damaged, or a newer version wrote it.
public struct UnreadableEntry: Error, Sendable, Equatable {
    /// Its position.
    public let position: Int
    /// What is missing or odd.
    public let detail: String
}

/// What a reader sees where words were erased.
public let redacted = "[redacted]"

extension StoredEntry {
    /// The entry as the fold reads it. What was redacted reads `[redacted]`.
    public func folded() throws(UnreadableEntry) -> Entry {
        Entry(
            seq: seq, author: Person(author), occurredAt: occurredAt, recordedAt: recordedAt,
            visibility: visibility,
            event: try event())
    }

    /// The entry's text; `[redacted]` once erased.
    public func text() throws(UnreadableEntry) -> String {
        guard let words else { return redacted }
        return try Fields(words, at: position).string("text")
    }

    private func event() throws(UnreadableEntry) -> Event {
        // The fold needs nothing of plain words, and there are many of them.
        let isPlain = kind == .note || kind == .decision || kind == .todo
        let facts = isPlain ? Fields(JSONObject(), at: position) : try Fields(facts, at: position)
        switch kind {
        case .note: return posted(.note)
        case .decision: return posted(.decision)
        case .todo: return posted(.todo)
        case .finding: return posted(.finding(confirmed: try facts.bool("confirmed")))
        case .hypothesis: return posted(.hypothesis(try facts.choice("state")))
        case .change: return posted(.change(complete: try facts.bool("complete")))
        case .declared:
            return .declared(try declared(facts, try wordsData()))
        case .edited:
            return .edited(try edit(facts, try wordsData()))
        case .statusChanged:
            return .statusChanged(
                from: try facts.choice("from"), to: try facts.choice("to"), reason: try reason())
        case .severityRaised:
            return .severityRaised(
                from: try facts.choice("from"), to: try facts.choice("to"), beat: try facts.beat(),
                reason: try reason())
        case .severityDisputed:
            return .severityDisputed(
                current: try facts.choice("current"), claims: try facts.choice("claims"),
                reason: try reason() ?? redacted)
        case .roleAssigned:
            return .roleAssigned(
                try facts.choice("role"), Person(try facts.string("person")),
                previous: try facts.optionalString("previous").map(Person.init),
                contact: try wordsData()?.optionalString("contact"))
        case .roleReleased:
            return .roleReleased(try facts.choice("role"), previous: Person(try facts.string("previous")))
        case .updatePublished:
            return .updatePublished(try update(facts))
        case .nagSent:
            return .nagSent(try nag(facts))
        case .nagSnoozed:
            return .nagSnoozed(
                until: try facts.moment("snoozed_until"), minutes: try facts.integer("minutes"),
                number: facts.has("number") ? try facts.nagNumber() : nil, reason: try reason() ?? redacted)
        case .cadenceChanged:
            return .cadenceChanged(try cadenceChange(facts))
        case .escalated:
            return .escalated(
                to: Person(try facts.string("to")), decisionDueAt: try facts.moment("decision_due_at"),
                reason: try reason() ?? redacted)
        case .resolved:
            return .resolved(
                from: try facts.choice("from"), override: try facts.bool("override"), reason: try reason())
        case .cancelled:
            return .cancelled(from: try facts.choice("from"), try cancellation(facts))
        case .reopened:
            return .reopened(
                Reopened(
                    from: try facts.choice("from"), episode: try facts.integer("episode"),
                    beat: try facts.beat(), clock: try facts.episodeClock(), reason: try reason()))
        }
    }

    private func posted(_ kind: Posted.Kind) -> Event {
        .posted(Posted(kind: kind, claimedAt: nil, data: []))
    }

    /// `words.data`; empty when there is none, `nil` once erased.
    private func wordsData() throws(UnreadableEntry) -> Fields? {
        guard let words else { return nil }
        return try Fields(words, at: position).object("data") ?? Fields(JSONObject(), at: position)
    }

    private func reason() throws(UnreadableEntry) -> String? {
        try wordsData()?.optionalString("reason")
    }

    private func declared(_ facts: Fields, _ data: Fields?) throws(UnreadableEntry) -> Declared {
        var details = Declared.Details(title: try data?.string("title") ?? redacted)
        details.startedAt = try facts.optionalMoment("started_at")
        details.detectedAt = try facts.optionalMoment("detected_at")
        if let roles = try facts.object("roles") {
            let contacts = try data?.object("contacts")
            for member in roles.members {
                guard let role = Role(rawValue: member.name) else { throw roles.odd(member.name) }
                details.roles[role] = Declared.Holder(
                    person: Person(try roles.string(member.name)),
                    contact: try contacts?.optionalString(member.name))
            }
        }
        if let data {
            details.impact = try data.optionalString("impact")
            details.workaround = try data.optionalString("workaround")
            details.restoredWhen = try data.optionalString("restored_when")
            details.nextAction = try data.nextAction()
            details.channel = try data.optionalString("channel")
            for (key, value) in try data.labels() {
                details.labels[key] = value
            }
            details.links = try data.links()
        }
        return Declared(
            id: Incident.ID(""), number: try facts.integer("number"), severity: try facts.choice("severity"),
            details: details, beat: try facts.beat(), episode: try facts.episodeClock())
    }

    private func edit(_ facts: Fields, _ data: Fields?) throws(UnreadableEntry) -> Edit {
        var edit = Edit()
        let fields = try facts.strings("fields")
        edit.startedAt = try facts.patch("started_at") { fields throws(UnreadableEntry) in
            try fields.moment("started_at")
        }
        edit.detectedAt = try facts.patch("detected_at") { fields throws(UnreadableEntry) in
            try fields.moment("detected_at")
        }
        edit.reviewedSeverity = try facts.patch("reviewed_severity") { fields throws(UnreadableEntry) in
            try fields.choice("reviewed_severity")
        }
        guard let data else {
            if fields.contains("title") { edit.title = .set(redacted) }
            if fields.contains("impact") { edit.impact = .set(redacted) }
            if fields.contains("workaround") { edit.workaround = .set(redacted) }
            if fields.contains("restored_when") { edit.restoredWhen = .set(redacted) }
            if fields.contains("next_action") { edit.nextAction = .set(.init(text: redacted, owner: nil)) }
            if fields.contains("channel") { edit.channel = .set(redacted) }
            if fields.contains("links") { edit.links = .clear }
            return edit
        }
        edit.title = try data.textPatch("title")
        edit.impact = try data.textPatch("impact")
        edit.workaround = try data.textPatch("workaround")
        edit.restoredWhen = try data.textPatch("restored_when")
        edit.channel = try data.textPatch("channel")
        edit.nextAction = try data.patch("next_action") { fields throws(UnreadableEntry) in
            try fields.nextAction() ?? .init(text: redacted, owner: nil)
        }
        edit.links = try data.patch("links") { fields throws(UnreadableEntry) in try fields.links() }
        for (key, value) in try data.labels() {
            edit.labels.updateValue(value, forKey: key)
        }
        return edit
    }

    private func update(_ facts: Fields) throws(UnreadableEntry) -> UpdatePublished {
        UpdatePublished(
            audience: try facts.choice("audience"), slot: try facts.string("slot"),
            counts: try facts.bool("counts"),
            dueAt: try facts.optionalMoment("met_due_at"),
            lateBySeconds: try facts.optionalInteger("late_by_seconds"),
            beat: facts.has("due_at") ? try facts.beat() : nil,
            promisedAt: try facts.optionalMoment("promised_at"),
            basisSeq: try facts.optionalInteger("basis_seq"),
            etaBasis: try facts.optionalInteger("eta_basis"),
            template: try facts.optionalString("template"), forced: try facts.bool("forced"),
            claimedAt: try facts.optionalMoment("claimed_at"))
    }

    private func nag(_ facts: Fields) throws(UnreadableEntry) -> NagSent {
        var to: [NagSent.Recipient] = []
        for recipient in try facts.objects("to") {
            to.append(
                .init(role: try recipient.string("role"), person: Person(try recipient.string("person"))))
        }
        return NagSent(
            about: try facts.choice("about"), dueAt: try facts.moment("due_at"),
            number: try facts.nagNumber(), to: to, breached: try facts.bool("breached"))
    }

    private func cadenceChange(_ facts: Fields) throws(UnreadableEntry) -> CadenceChanged {
        CadenceChanged(
            from: try facts.seconds("previous_interval_seconds"), to: try facts.seconds("interval_seconds"),
            beat: facts.has("due_at") ? try facts.beat() : nil, reason: try reason())
    }

    private func cancellation(_ facts: Fields) throws(UnreadableEntry) -> Cancellation {
        if try facts.string("reason") == Cancellation.falseAlarm.reason { return .falseAlarm }
        guard let number = Incident.number(inRef: try facts.string("duplicate_of")) else {
            throw facts.odd("duplicate_of")
        }
        return .duplicate(of: number)
    }
}
