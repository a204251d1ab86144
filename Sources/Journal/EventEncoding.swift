import Incidents
import JSON
import Time

/// The two halves of an entry as they are stored.
///
/// *Facts* are what fold and drafts need: enums, seqs, roles, persons, times, durations. *Words* are all else. A redaction erases words
/// alone (domain.md, section 5). Both are compact JSON objects; words are `{"text", "data"?, "source"?}`.
public struct Halves: Sendable, Equatable {
    /// What the fold needs; never erased.
    public var facts: [UInt8]
    /// What people wrote.
    public var words: [UInt8]

    /// The halves of a proposal.
    public init(_ proposal: Proposal) {
        var facts = JSONWriter(reserving: 256)
        var data = JSONWriter(reserving: 256)
        facts.beginObject()
        data.beginObject()
        proposal.event.write(facts: &facts, data: &data)
        facts.endObject()
        data.endObject()
        if case .posted(let posted) = proposal.event { data = JSONWriter(encoded: posted.data) }

        var words = JSONWriter(reserving: proposal.text.utf8.count + data.bytes.count + 64)
        words.beginObject()
        words.member("text", proposal.text)
        if data.bytes.count > 2 {
            words.name("data")
            words.raw(data.bytes)
        }
        if let source = proposal.source {
            words.name("source")
            words.source(source)
        }
        words.endObject()
        self.facts = facts.bytes
        self.words = words.bytes
    }
}

extension JSONWriter {
    fileprivate init(encoded: [UInt8]) {
        self.init(reserving: encoded.count)
        raw(encoded)
    }

    mutating func source(_ source: Source) {
        beginObject()
        member("system", source.system)
        member("ref", source.ref)
        member("url", source.url)
        endObject()
    }

    mutating func member(_ name: StaticString, _ moment: Timestamp?) {
        self.name(name)
        if let moment { string(moment.rfc3339) } else { null() }
    }

    /// Writes a member only when there is a value: facts leave out what is not known.
    fileprivate mutating func known(_ name: StaticString, _ value: String?) {
        if let value { member(name, value) }
    }

    fileprivate mutating func known(_ name: StaticString, _ moment: Timestamp?) {
        if moment != nil { member(name, moment) }
    }

    fileprivate mutating func beat(_ beat: Beat) {
        member("interval_seconds", beat.interval.wholeSeconds)
        member("due_at", beat.dueAt)
        name("nag_steps_seconds")
        beginArray()
        for step in beat.nagSteps { integer(step.wholeSeconds) }
        endArray()
        member("nag_max", beat.nagMax)
        known("due_soon_at", beat.dueSoonAt)
    }

    fileprivate mutating func known(_ clock: EpisodeClock?) {
        guard let clock else { return }
        member("decision_due_at", clock.decisionDueAt)
        member("no_progress_seconds", clock.noProgressAfter.wholeSeconds)
    }

    mutating func labels(_ labels: [String: String]) {
        beginObject()
        for (key, value) in labels.sorted(by: {
            Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8))
        }) {
            name(key)
            string(value)
        }
        endObject()
    }

    mutating func links(_ links: [Incident.Link]) {
        beginArray()
        for link in links {
            beginObject()
            member("url", link.url)
            member("title", link.title)
            endObject()
        }
        endArray()
    }

    mutating func nextAction(_ action: Incident.NextAction?) {
        guard let action else { return null() }
        beginObject()
        member("text", action.text)
        member("owner", action.owner)
        endObject()
    }
}

extension Event {
    /// Sorts every value of the event into facts or words.
    fileprivate func write(facts: inout JSONWriter, data: inout JSONWriter) {
        switch self {
        case .declared(let declared):
            declared.write(facts: &facts, data: &data)
        case .edited(let edit):
            edit.write(facts: &facts, data: &data)
        case .statusChanged(let from, let to, let reason):
            facts.member("from", from.rawValue)
            facts.member("to", to.rawValue)
            data.known("reason", reason)
        case .severityRaised(let from, let to, let beat, let reason):
            facts.member("from", from.rawValue)
            facts.member("to", to.rawValue)
            facts.beat(beat)
            data.known("reason", reason)
        case .severityDisputed(let current, let claims, let reason):
            facts.member("current", current.rawValue)
            facts.member("claims", claims.rawValue)
            data.member("reason", reason)
        case .roleAssigned(let role, let person, let previous, let contact):
            facts.member("role", role.rawValue)
            facts.member("person", person.name)
            facts.member("previous", previous?.name)
            data.known("contact", contact)
        case .roleReleased(let role, let previous):
            facts.member("role", role.rawValue)
            facts.member("previous", previous.name)
        case .updatePublished(let update):
            update.write(facts: &facts)
        case .nagSent(let nag):
            nag.write(facts: &facts)
        case .nagSnoozed(let until, let minutes, let number, let reason):
            facts.member("minutes", minutes)
            facts.member("snoozed_until", until)
            if let number { facts.member("number", number) }
            data.member("reason", reason)
        case .cadenceChanged(let change):
            facts.member("previous_interval_seconds", change.from.wholeSeconds)
            if let beat = change.beat {
                facts.beat(beat)
            } else {
                facts.member("interval_seconds", change.to.wholeSeconds)
            }
            data.known("reason", change.reason)
        case .escalated(let person, let decisionDueAt, let reason):
            facts.member("to", person.name)
            facts.member("decision_due_at", decisionDueAt)
            data.member("reason", reason)
        case .resolved(let from, let override, let reason):
            facts.member("from", from.rawValue)
            facts.member("override", override)
            data.known("reason", reason)
        case .cancelled(let from, let cancellation):
            facts.member("from", from.rawValue)
            facts.member("reason", cancellation.reason)
            if case .duplicate(let other) = cancellation { facts.member("duplicate_of", Incident.ref(other)) }
        case .reopened(let reopened):
            facts.member("from", reopened.from.rawValue)
            facts.member("episode", reopened.episode)
            facts.beat(reopened.beat)
            facts.known(reopened.clock)
            data.known("reason", reopened.reason)
        case .posted(let posted):
            posted.write(facts: &facts)
        }
    }
}

extension Declared {
    fileprivate func write(facts: inout JSONWriter, data: inout JSONWriter) {
        facts.member("number", number)
        facts.member("severity", severity.rawValue)
        facts.known("started_at", details.startedAt)
        facts.known("detected_at", details.detectedAt)
        let holders = Role.allCases.compactMap { role in details.roles[role].map { (role, $0) } }
        if !holders.isEmpty {
            facts.name("roles")
            facts.beginObject()
            for (role, holder) in holders {
                facts.name(role.rawValue)
                facts.string(holder.person.name)
            }
            facts.endObject()
        }
        facts.beat(beat)
        facts.known(episode)

        data.member("title", details.title)
        data.known("impact", details.impact)
        data.known("workaround", details.workaround)
        data.known("restored_when", details.restoredWhen)
        if details.nextAction != nil {
            data.name("next_action")
            data.nextAction(details.nextAction)
        }
        data.known("channel", details.channel)
        if !details.labels.isEmpty {
            data.name("labels")
            data.labels(details.labels)
        }
        if !details.links.isEmpty {
            data.name("links")
            data.links(details.links)
        }
        let contacts = holders.compactMap { role, holder in holder.contact.map { (role, $0) } }
        if !contacts.isEmpty {
            data.name("contacts")
            data.beginObject()
            for (role, contact) in contacts {
                data.name(role.rawValue)
                data.string(contact)
            }
            data.endObject()
        }
    }
}

extension Edit {
    fileprivate func write(facts: inout JSONWriter, data: inout JSONWriter) {
        facts.name("fields")
        facts.beginArray()
        for name in fieldNames { facts.string(name) }
        facts.endArray()
        write(startedAt, "started_at", to: &facts) { $0.string($1.rfc3339) }
        write(detectedAt, "detected_at", to: &facts) { $0.string($1.rfc3339) }
        write(reviewedSeverity, "reviewed_severity", to: &facts) { $0.string($1.rawValue) }
        write(title, "title", to: &data) { $0.string($1) }
        write(impact, "impact", to: &data) { $0.string($1) }
        write(workaround, "workaround", to: &data) { $0.string($1) }
        write(restoredWhen, "restored_when", to: &data) { $0.string($1) }
        write(nextAction, "next_action", to: &data) { $0.nextAction($1) }
        write(channel, "channel", to: &data) { $0.string($1) }
        write(links, "links", to: &data) { $0.links($1) }
        guard !labels.isEmpty else { return }
        data.name("labels")
        data.beginObject()
        for (key, value) in labels.sorted(by: {
            Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8))
        }) {
            data.name(key)
            if let value { data.string(value) } else { data.null() }
        }
        data.endObject()
    }

    private func write<Value>(
        _ patch: Patch<Value>, _ name: StaticString, to writer: inout JSONWriter,
        _ write: (inout JSONWriter, Value) -> Void
    ) {
        switch patch {
        case .keep:
            break
        case .clear:
            writer.name(name)
            writer.null()
        case .set(let value):
            writer.name(name)
            write(&writer, value)
        }
    }
}

extension UpdatePublished {
    fileprivate func write(facts: inout JSONWriter) {
        facts.member("audience", audience.rawValue)
        facts.member("slot", slot)
        facts.member("counts", counts)
        facts.member("met_due_at", dueAt)
        facts.name("late_by_seconds")
        if let lateBySeconds { facts.integer(lateBySeconds) } else { facts.null() }
        if let beat { facts.beat(beat) }
        facts.known("promised_at", promisedAt)
        if let basisSeq { facts.member("basis_seq", basisSeq) }
        if let etaBasis { facts.member("eta_basis", etaBasis) }
        facts.known("template", template)
        facts.member("forced", forced)
        facts.known("claimed_at", claimedAt)
    }
}

extension NagSent {
    fileprivate func write(facts: inout JSONWriter) {
        facts.member("about", about.rawValue)
        facts.member("due_at", dueAt)
        facts.member("number", number)
        facts.name("to")
        facts.beginArray()
        for recipient in to {
            facts.beginObject()
            facts.member("role", recipient.role)
            facts.member("person", recipient.person.name)
            facts.endObject()
        }
        facts.endArray()
        facts.member("breached", breached)
    }
}

extension Posted {
    fileprivate func write(facts: inout JSONWriter) {
        switch kind {
        case .note, .decision, .todo: break
        case .finding(let confirmed): facts.member("confirmed", confirmed)
        case .hypothesis(let state): facts.member("state", state.rawValue)
        case .change(let complete): facts.member("complete", complete)
        }
        facts.known("claimed_at", claimedAt)
    }
}
