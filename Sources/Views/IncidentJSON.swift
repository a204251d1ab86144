import Incidents
import Journal
import JSON
import Model
import Time

/// Whether people's contacts are shown: to tokens of scope `command` and up, and in nags; below, each is `null` (api.md, "Auth").
public enum Contacts: Sendable {
    case shown
    case hidden
}

extension JSONWriter {
    /// Writes an incident's members into the open object (api.md, "Incidents"). Independent of the current time.
    public mutating func members(of incident: Incident, for viewer: Viewer) {
        member("id", incident.id.text)
        member("ref", incident.ref)
        member("version", incident.version)
        member("title", incident.title)
        member("public_title", incident.publicTitle)
        member("status", incident.status.rawValue)
        member("severity", incident.severity.rawValue)
        member("declared_severity", incident.declaredSeverity.rawValue)
        member("reviewed_severity", incident.reviewedSeverity?.rawValue)
        member("impact", incident.impact)
        member("workaround", incident.workaround)
        member("restored_when", incident.restoredWhen)
        name("next_action")
        nextAction(incident.nextAction)
        member("declared_by", incident.declaredBy.name)
        member("episode", incident.episode)
        name("roles")
        roles(incident.roles, viewer.contacts)
        name("cadence")
        beginObject()
        cadenceMembers(of: incident)
        endObject()
        name("freeze")
        freeze(incident.freeze)
        name("watch")
        watch(incident.watch)
        name("mitigation")
        mitigation(of: incident)
        member("duplicate_of", incident.duplicateOf.flatMap { viewer.hides($0) ? nil : Incident.ref($0) })
        name("times")
        times(incident.times)
        name("labels")
        labels(incident.labels)
        name("links")
        links(incident.links)
        member("channel", incident.channel)
        lists(of: incident)
        scopeMembers(of: incident)
    }

    /// Writes the members of an incident's cadence into the open object.
    public mutating func cadenceMembers(of incident: Incident) {
        let cadence = incident.cadence
        member("interval_seconds", cadence.interval.wholeSeconds)
        member("last_update_at", cadence.lastUpdateAt)
        member("next_update_due_at", incident.isOpen ? cadence.beat.dueAt : nil)
        member("nags_sent", cadence.nagsSent)
        member("breached", cadence.breached)
        member("snoozed_until", incident.isOpen ? cadence.snoozedUntil : nil)
        member("decision_due_at", incident.isOpen ? incident.decision?.dueAt : nil)
    }

    /// Writes the last deadlines of an incident with their outcome, newest last.
    public mutating func deadlines(of incident: Incident) {
        beginArray()
        for deadline in incident.cadence.deadlines {
            beginObject()
            member("due_at", deadline.dueAt)
            member("met_at", deadline.metAt)
            member("late_by_seconds", deadline.lateBySeconds)
            member("nags", deadline.nags)
            endObject()
        }
        endArray()
    }

    /// Writes nags, ascending, with the first success among the deliveries of each: also of those that a changed role led to later.
    public mutating func nags(
        _ nags: [(seq: Int, sent: NagSent)], _ delivered: [(type: EventType, seq: Int, at: Timestamp)]
    ) {
        beginArray()
        for (index, nag) in nags.enumerated() {
            let next = nags[(index + 1)...].first { $0.sent.about == nag.sent.about }?.seq ?? Int.max
            let types = nag.sent.about.topic?.queued.filter { $0 != .updateDueSoon } ?? []
            let first = delivered.filter { (nag.seq..<next).contains($0.seq) && types.contains($0.type) }
            beginObject()
            member("seq", nag.seq)
            member("about", nag.sent.about.rawValue)
            member("number", nag.sent.number)
            name("to")
            beginArray()
            for recipient in nag.sent.to {
                beginObject()
                member("role", recipient.role)
                member("person", recipient.person.name)
                endObject()
            }
            endArray()
            member("delivered_at", first.map(\.at).min())
            endObject()
        }
        endArray()
    }

    /// Writes the member `to`: the recipients of a nag, each with the first contact known now, of their role in the nag, of another role
    /// they hold, or from `otherContact`. Without an incident only from that.
    public mutating func recipients(
        _ recipients: [NagSent.Recipient], of incident: Incident?,
        orElse otherContact: (Person) -> String?
    ) {
        name("to")
        beginArray()
        for recipient in recipients {
            beginObject()
            member("role", recipient.role)
            member("person", recipient.person.name)
            let ofRole = Role(rawValue: recipient.role).flatMap { incident?.roles[$0]?.contact }
            member(
                "contact",
                ofRole ?? incident?.contact(of: recipient.person) ?? otherContact(recipient.person))
            endObject()
        }
        endArray()
    }

    private mutating func roles(_ roles: [Role: Assignment], _ contacts: Contacts) {
        beginObject()
        for role in Role.allCases {
            name(role.rawValue)
            guard let assignment = roles[role] else {
                null()
                continue
            }
            beginObject()
            member("person", assignment.person.name)
            member("contact", contacts == .shown ? assignment.contact : nil)
            member("since", assignment.since)
            endObject()
        }
        endObject()
    }

    private mutating func times(_ times: Incident.Times) {
        beginObject()
        member("started_at", times.startedAt)
        member("detected_at", times.detectedAt)
        member("declared_at", times.declaredAt)
        member("mitigated_at", times.mitigatedAt)
        member("monitoring_at", times.monitoringAt)
        member("restored_at", times.restoredAt)
        member("resolved_at", times.resolvedAt)
        member("cancelled_at", times.cancelledAt)
        endObject()
    }
}

extension JSONWriter {
    mutating func member(_ name: StaticString, _ moment: Timestamp?) {
        member(name, moment?.rfc3339)
    }

    private mutating func labels(_ labels: [String: String]) {
        beginObject()
        for (key, value) in labels.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            name(key)
            string(value)
        }
        endObject()
    }

    private mutating func links(_ links: [Incident.Link]) {
        beginArray()
        for link in links {
            beginObject()
            member("url", link.url)
            member("title", link.title)
            endObject()
        }
        endArray()
    }

    private mutating func nextAction(_ action: Incident.NextAction?) {
        guard let action else { return null() }
        beginObject()
        member("text", action.text)
        member("owner", action.owner)
        endObject()
    }
}

extension JSONWriter {
    /// Writes `warnings` if there are any. `ref` and `seq` are of the incident and the entry that their links are about.
    public mutating func warnings(_ warnings: [Warning], ref: String? = nil, seq: Int? = nil) {
        guard !warnings.isEmpty else { return }
        name("warnings")
        beginArray()
        for warning in warnings {
            beginObject()
            member("code", warning.code)
            if let cause = warning.cause { member("cause", cause) }
            member("detail", warning.detail)
            links(
                warning.links.compactMap { link in
                    link.href(ref: ref, seq: seq).map { (link, $0) }
                })
            endObject()
        }
        endArray()
    }

    private mutating func links(_ links: [(link: Warning.Link, href: String)]) {
        guard !links.isEmpty else { return }
        name("links")
        beginArray()
        for (link, href) in links {
            beginObject()
            member("operation", link.operation)
            member("method", link.method)
            member("href", href)
            member("detail", link.detail)
            name("body")
            if let body = link.body { raw(body.encoded) } else { null() }
            endObject()
        }
        endArray()
    }
}

extension Warning.Link {
    /// The path; `nil` if it is about an incident or an entry and there is none.
    fileprivate func href(ref: String?, seq: Int?) -> String? {
        var path = pattern
        for (name, value) in [("{ref}", ref), ("{seq}", seq.map(String.init))] where path.contains(name) {
            guard let value else { return nil }
            path = path.replacing(name, with: value)
        }
        return path
    }
}
