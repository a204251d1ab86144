import Encoding
import Incidents
import Journal
import Model
import Time

/// The message of a delivery to people.
extension MessageBody {
    /// What a delivery tells people. Throws if the store cannot be read. Blocks on the store.
    public func notification(_ delivery: Delivery, for webhook: Webhook) throws -> Notification {
        guard let stream = delivery.stream, let seq = delivery.seq, let number = Incident.number(of: stream),
            let snapshot = try incident(number, seq)
        else { return .testMessage(at: delivery.createdAt) }
        let incident = snapshot.incident
        let announced = try announcement(of: delivery, stream, seq, incident)
        let isNag = delivery.type.retryClass == .nag
        let draft = isNag ? try draft(of: announced.about, incident, at: delivery.createdAt) : nil
        let isWordless = isWordless(incident)
        // An answer has no words of the incident.
        let text =
            isNag
            ? NagAnswer(on: incident, at: delivery.createdAt).text(
                to: delivery.type, about: announced.about, asked: announced.to, dueAt: delivery.dueAt)
            : isWordless ? nil : try announced.entry?.shown(to: viewer).text()
        var matter = Headline.matter(
            of: delivery.type, late: delivery.dueAt.map { delivery.createdAt - $0 })
        if delivery.type == UpdatePublished.event, !incident.isOpen {
            matter = "\(incident.status.rawValue), final update published"
        }
        let asked = announced.to.map {
            Notification.Asked(person: $0.person.name, role: $0.role, handles: handles($0.person))
        }
        return Notification(
            type: delivery.type,
            subject: .init(
                ref: incident.ref, id: incident.streamID, severity: incident.severity.rawValue,
                words: isWordless
                    ? nil
                    : .init(
                        title: incident.title, status: incident.status.rawValue,
                        lastUpdateAt: incident.cadence.lastUpdateAt)),
            matter: matter,
            headline: Headline.text(
                "\(incident.ref) \(incident.severity.rawValue)", matter,
                askedOf: announced.to.map { ($0.person.name, $0.role) }, text: isNag ? nil : text),
            asked: asked, number: announced.number, dueAt: delivery.dueAt,
            text: text, draft: isWordless ? nil : draft?.text,
            brief: MessageBody.hasBrief(delivery.type) && !isWordless
                ? try Brief(snapshot, for: viewer, from: reader).text : nil,
            link: link(to: incident),
            buttons: buttons(announced.about, delivery, incident, draft, webhook),
            createdAt: delivery.createdAt)
    }

    /// Buttons of a nag for an update. "Nothing new" only when the draft that fits says so, and can be published as it is.
    private func buttons(
        _ about: NagSent.About, _ delivery: Delivery, _ incident: Incident, _ draft: Draft?,
        _ webhook: Webhook
    ) -> [Notification.Button] {
        // Other targets cannot POST.
        guard case .ntfy = webhook.kind, about == .update, delivery.type.retryClass == .nag,
            delivery.type != .escalated, incident.isOpen
        else { return [] }
        func button(_ label: String, _ act: ActionLink.Act) -> Notification.Button {
            let link = ActionLink(
                act, on: incident.number, for: webhook.id, sentAt: delivery.createdAt)
            return .init(
                label: label, url: "\(publicURL)/v1/actions/\(link.code(signedWith: webhook.secret))")
        }
        var buttons: [Notification.Button] = []
        if let draft, draft.template == Template.nothingNew, draft.missing.isEmpty {
            buttons.append(button("Nothing new", .nothingNew))
        }
        if let minutes = incident.shortestSnooze(at: delivery.createdAt) {
            buttons.append(button("Snooze \(minutes) min", .snooze(minutes: minutes)))
        }
        return buttons
    }
}

/// The first line of a message.
enum Headline {
    /// Upper bound of a headline's characters.
    static let charactersMax = 120

    /// What a type asks for or tells, without words of people. `late` is negative before the deadline.
    static func matter(of type: EventType, late: Duration?) -> String {
        let when = late.map { $0 < .zero ? "due in \(minutes(.zero - $0))" : lateness($0) } ?? ""
        switch type {
        case .updateOverdue, .updateDueSoon, .cadenceBreached: return "status update \(when)"
        case ClosingNag.event: return "final public update \(when)"
        case DecisionNag.event: return "decision \(when): resolve or escalate"
        case ApprovalNag.event: return "rollback needs a yes or no, \(when)"
        case HandoverNag.event: return "handover of the role \(when)"
        case NoProgressNag.event: return "no progress, \(when): what was found, changed or decided?"
        case StaleNag.event: return "open without an entry for a day: how does it stand?"
        case .escalated: return "you are called in"
        case UpdatePublished.event: return "update published"
        default:
            let words = type.rawValue.split(separator: ".").dropFirst().joined(separator: " ")
            return String(words.map { $0 == "_" ? " " : $0 })
        }
    }

    /// `INC-42 critical: status update overdue by 7 min, asked of bob (communicator)`; of an entry that asks no one, its text.
    static func text(
        _ subject: String, _ matter: String, askedOf people: [(name: String, role: String)], text: String?
    ) -> String {
        guard !people.isEmpty else {
            let line = text.map { $0.prefix { !$0.isNewline } }.map(String.init) ?? ""
            return "\(subject): \(matter)\(line.isEmpty ? "" : ": \(line)")".shortened(to: charactersMax)
        }
        var headline = "\(subject): \(matter), asked of "
        for (index, person) in people.enumerated() {
            let rest = people.count - index - 1
            let more = rest > 0 ? " and \(rest) more" : ""
            let room = charactersMax - headline.unicodeScalars.count - more.unicodeScalars.count
            let separator = index == 0 ? "" : ", "
            let long = "\(separator)\(person.name) (\(person.role))"
            let short = separator + person.name
            if long.unicodeScalars.count <= room {
                headline += long
            } else if short.unicodeScalars.count <= room {
                headline += short
            } else if index == 0 {
                headline += person.name.shortened(to: max(1, room))
            } else {
                return headline + " and \(rest + 1) more"
            }
        }
        return headline
    }

    private static func minutes(_ duration: Duration) -> String {
        "\((duration.wholeSeconds + 59) / 60) min"
    }
}
