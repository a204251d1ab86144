import Time

extension Judge {
    func edit(_ wish: Edit) throws(Violation) -> Decision {
        var warnings: [Warning] = []
        var edit = wish
        edit.startedAt = try settled(wish.startedAt, "#/started_at", &warnings)
        edit.detectedAt = try settled(wish.detectedAt, "#/detected_at", &warnings)
        guard edit.title != .clear else {
            throw .invalid(pointer: "#/title", detail: "An incident always has a title.")
        }
        if edit.reviewedSeverity != .keep, incident.isOpen {
            throw .notAllowedFromStatus(
                current: incident.status, wish: "the reviewed severity", allowed: [.resolved, .cancelled],
                advice:
                    "The review sets it after the end; while the incident is open, record a dispute instead.")
        }
        edit.nextAction = try mergedNextAction(edit)
        edit.nextActionParts = nil
        if edit.dropsLabels {
            for key in incident.labels.keys where edit.labels[key] == nil {
                edit.labels.updateValue(nil, forKey: key)
            }
            edit.dropsLabels = false
        }
        edit = edit.effective(on: incident)
        if edit.isEmpty { return Decision(warnings: warnings) }
        try checkLabels(edit.labels)
        let text = "\(author.person.name) changed \(edit.fieldNames.joined(separator: ", "))"
        return Decision([entry(.edited(edit), text)], warnings: warnings)
    }

    private func mergedNextAction(_ edit: Edit) throws(Violation) -> Patch<Incident.NextAction> {
        guard let parts = edit.nextActionParts else { return edit.nextAction }
        guard let text = parts.text.applied(to: incident.nextAction?.text) else {
            throw .invalid(pointer: "#/next_action/text", detail: "A next action says what is to be done.")
        }
        return .set(.init(text: text, owner: parts.owner.applied(to: incident.nextAction?.owner)))
    }

    /// How many labels an incident carries at most; a request carries no more, but requests merge.
    static var labelsMax: Int { 50 }

    private func checkLabels(_ changes: [String: String?]) throws(Violation) {
        var labels = incident.labels
        for (key, value) in changes { labels[key] = value }
        guard labels.count <= max(Judge.labelsMax, incident.labels.count) else {
            throw .invalid(
                pointer: "#/labels",
                detail: "An incident carries at most \(Judge.labelsMax) labels: drop some with null first.")
        }
    }

    private func settled(
        _ patch: Patch<Timestamp>, _ pointer: String, _ warnings: inout [Warning]
    ) throws(Violation) -> Patch<Timestamp> {
        guard case .set(let claimed) = patch, let moment = try settle(claimed, pointer, at: now, &warnings)
        else {
            return patch
        }
        return .set(moment)
    }

    func assign(_ role: Role, to person: Person, _ contact: String?) -> Decision {
        var holders = incident.roles.mapValues(\.person)
        holders[role] = person
        let warnings: [Warning] = namesOneForBoth(holders) ? [.commanderIsCommunicator] : []
        let previous = incident.roles[role]
        if let previous, previous.person == person, previous.person.name == person.name,
            previous.contact == contact
        {
            return Decision(warnings: warnings)
        }
        let event = Event.roleAssigned(role, person, previous: previous?.person, contact: contact)
        let takenFrom =
            switch previous?.person {
            case .some(let other) where other != person: ", who takes over from \(other.name)"
            default: ""
            }
        return Decision([entry(event, "\(role.label): \(person.name)\(takenFrom)")], warnings: warnings)
    }

    func release(_ role: Role) -> Decision {
        guard let previous = incident.roles[role] else { return Decision() }
        return Decision([
            entry(
                .roleReleased(role, previous: previous.person),
                "\(role.label): vacant, released by \(previous.person.name)")
        ])
    }

    func post(_ note: Change.Note) throws(Violation) -> Decision {
        var warnings: [Warning] = []
        let occurred = try settle(note.occurredAt, "#/occurred_at", at: now, &warnings) ?? now
        let posted = Posted(
            kind: note.kind, claimedAt: warnings.contains(.clockSkew) ? note.occurredAt : nil, data: note.data
        )
        let proposal = Proposal(
            event: .posted(posted), text: note.text, occurredAt: occurred, visibility: note.visibility,
            source: note.source, once: note.source.map { .source(system: $0.system, ref: $0.ref) })
        return Decision([proposal], warnings: warnings)
    }
}

extension Edit {
    /// What of the edit really changes something.
    func effective(on incident: Incident) -> Edit {
        var edit = self
        edit.title = title.effective(on: incident.title)
        edit.impact = impact.effective(on: incident.impact)
        edit.workaround = workaround.effective(on: incident.workaround)
        edit.restoredWhen = restoredWhen.effective(on: incident.restoredWhen)
        edit.nextAction = nextAction.effective(on: incident.nextAction)
        edit.startedAt = startedAt.effective(on: incident.times.startedAt)
        edit.detectedAt = detectedAt.effective(on: incident.times.detectedAt)
        edit.channel = channel.effective(on: incident.channel)
        edit.reviewedSeverity = reviewedSeverity.effective(on: incident.reviewedSeverity)
        edit.labels = labels.filter { incident.labels[$0.key] != $0.value }
        edit.links = links.effective(on: incident.links)
        if case .clear = edit.links, incident.links.isEmpty { edit.links = .keep }
        return edit
    }

    /// The names of the fields that it changes, as in the JSON.
    public var fieldNames: [String] {
        var names: [String] = []
        if title != .keep { names.append("title") }
        if impact != .keep { names.append("impact") }
        if workaround != .keep { names.append("workaround") }
        if restoredWhen != .keep { names.append("restored_when") }
        if nextAction != .keep { names.append("next_action") }
        if startedAt != .keep { names.append("started_at") }
        if detectedAt != .keep { names.append("detected_at") }
        if channel != .keep { names.append("channel") }
        if reviewedSeverity != .keep { names.append("reviewed_severity") }
        if !labels.isEmpty { names.append("labels") }
        if links != .keep { names.append("links") }
        return names
    }
}
