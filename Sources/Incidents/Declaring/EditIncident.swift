import Model
import Time

/// A change to one field (RFC 7396).
public enum Patch<Value: Sendable & Equatable>: Sendable, Equatable {
    case keep
    /// The field becomes empty.
    case clear
    case set(Value)

    /// The value after the change.
    public func applied(to current: Value?) -> Value? {
        switch self {
        case .keep: current
        case .clear: nil
        case .set(let value): value
        }
    }

    /// `keep` when the change has no effect.
    public func effective(on current: Value?) -> Patch {
        applied(to: current) == current ? .keep : self
    }
}

/// Texts, times, labels or links were changed.
public struct Edited: EntryPayload, Equatable {
    public static let kind: EntryKind = "edited"
    public static let event = EventType("incident.edited", .status, "An incident was edited")

    /// Never cleared.
    public var title: Patch<String> = .keep
    /// Who is affected and how.
    public var impact: Patch<String> = .keep
    /// What users can do meanwhile.
    public var workaround: Patch<String> = .keep
    /// What "restored" means.
    public var restoredWhen: Patch<String> = .keep
    public var nextAction: Patch<Incident.NextAction> = .keep
    /// When it began.
    public var startedAt: Patch<Timestamp> = .keep
    /// When it was noticed.
    public var detectedAt: Patch<Timestamp> = .keep
    /// Where the responders talk.
    public var channel: Patch<String> = .keep
    /// The severity found by the review.
    public var reviewedSeverity: Patch<Severity> = .keep
    /// Labels to set, and to remove (`nil`); the others stay.
    public var labels: [String: String?] = [:]
    /// Replaces all links.
    public var links: Patch<[Incident.Link]> = .keep
    /// One line for the public.
    public var publicTitle: Patch<String> = .keep
    /// When users were no longer affected.
    public var restoredAt: Patch<Timestamp> = .keep
    /// Who of all users is affected.
    public var scope: Patch<String> = .keep
    public var usersAffected: Patch<Int> = .keep
    /// Sets or clears the mark; `nil` keeps it.
    public var security: Bool?
    /// Sets or clears the mark; `nil` keeps it.
    public var confidential: Bool?
    /// Why; required to clear a mark. Changes no field.
    public var reason: String?

    public init() {}

    /// Whether it changes no field.
    public var isEmpty: Bool {
        var fields = self
        fields.reason = nil
        return fields == Edited()
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.title = title.applied(to: incident.title) ?? incident.title
        incident.impact = impact.applied(to: incident.impact)
        incident.workaround = workaround.applied(to: incident.workaround)
        incident.restoredWhen = restoredWhen.applied(to: incident.restoredWhen)
        incident.nextAction = nextAction.applied(to: incident.nextAction)
        incident.times.startedAt = startedAt.applied(to: incident.times.startedAt)
        incident.times.detectedAt = detectedAt.applied(to: incident.times.detectedAt)
        incident.channel = channel.applied(to: incident.channel)
        incident.reviewedSeverity = reviewedSeverity.applied(to: incident.reviewedSeverity)
        for (key, value) in labels { incident.labels[key] = value }
        incident.links = links.applied(to: incident.links) ?? []
        incident.publicTitle = publicTitle.applied(to: incident.publicTitle)
        incident.times.restoredAt = restoredAt.applied(to: incident.times.restoredAt)
        incident.scope = scope.applied(to: incident.scope)
        incident.usersAffected = usersAffected.applied(to: incident.usersAffected)
        incident.isSecurity = security ?? incident.isSecurity
        incident.isConfidential = confidential ?? incident.isConfidential
        if impact != .keep { incident.impactChangedBy = place.seq }
        if impact != .keep || workaround != .keep { incident.breakDrafts(at: place) }
        return true
    }
}

extension Edited {
    public init(from fields: FieldReader) throws(FieldError) {
        self.init()
        let (facts, words) = (fields.facts, try fields.words)
        let names: [String] = try facts.read("fields")
        startedAt = try facts.patch("started_at") { (facts) throws(FieldError) in try facts.read("started_at")
        }
        detectedAt = try facts.patch("detected_at") { (facts) throws(FieldError) in
            try facts.read("detected_at")
        }
        reviewedSeverity = try facts.patch("reviewed_severity") { (facts) throws(FieldError) in
            try facts.read("reviewed_severity")
        }
        restoredAt = try facts.patch("restored_at") { (facts) throws(FieldError) in
            try facts.read("restored_at")
        }
        usersAffected = try facts.patch("users_affected") { (facts) throws(FieldError) in
            try facts.read("users_affected")
        }
        security = try facts.mark("security")
        confidential = try facts.mark("confidential")
        guard !words.isErased else {
            readErased(names)
            return
        }
        title = try words.textPatch("title")
        impact = try words.textPatch("impact")
        workaround = try words.textPatch("workaround")
        restoredWhen = try words.textPatch("restored_when")
        nextAction = try words.patch("next_action") { (words) throws(FieldError) in
            try words.nextAction() ?? .init(text: redacted, owner: nil)
        }
        channel = try words.textPatch("channel")
        links = try words.patch("links") { (words) throws(FieldError) in try words.links() }
        for (key, value) in try words.labels() { labels.updateValue(value, forKey: key) }
        publicTitle = try words.textPatch("public_title")
        scope = try words.textPatch("scope")
        reason = try words.read("reason")
    }

    /// The remains of an edit whose words were erased: the names of the changed texts.
    private mutating func readErased(_ names: [String]) {
        if names.contains("title") { title = .set(redacted) }
        if names.contains("impact") { impact = .set(redacted) }
        if names.contains("workaround") { workaround = .set(redacted) }
        if names.contains("restored_when") { restoredWhen = .set(redacted) }
        if names.contains("next_action") { nextAction = .set(.init(text: redacted, owner: nil)) }
        if names.contains("channel") { channel = .set(redacted) }
        if names.contains("links") { links = .clear }
        if names.contains("public_title") { publicTitle = .set(redacted) }
        if names.contains("scope") { scope = .set(redacted) }
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("fields", fieldNames)
        fields.facts.write("started_at", startedAt) { $0.write("started_at", $1) }
        fields.facts.write("detected_at", detectedAt) { $0.write("detected_at", $1) }
        fields.facts.write("reviewed_severity", reviewedSeverity) { $0.write("reviewed_severity", $1) }
        fields.facts.write("restored_at", restoredAt) { $0.write("restored_at", $1) }
        fields.facts.write("users_affected", usersAffected) { $0.write("users_affected", $1) }
        fields.facts.write("security", security)
        fields.facts.write("confidential", confidential)
        fields.words.write("title", title) { $0.write("title", $1) }
        fields.words.write("impact", impact) { $0.write("impact", $1) }
        fields.words.write("workaround", workaround) { $0.write("workaround", $1) }
        fields.words.write("restored_when", restoredWhen) { $0.write("restored_when", $1) }
        fields.words.write("next_action", nextAction) { $0.write("next_action", $1) }
        fields.words.write("channel", channel) { $0.write("channel", $1) }
        fields.words.write("links", links) { $0.write("links", $1) }
        if !labels.isEmpty {
            fields.words.write("labels") { writer in
                for (key, value) in labels.sortedByBytes { writer.write(key: key, value) }
            }
        }
        fields.words.write("public_title", publicTitle) { $0.write("public_title", $1) }
        fields.words.write("scope", scope) { $0.write("scope", $1) }
        fields.words.write("reason", reason)
    }

    /// The changed fields, by their JSON names.
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
        if publicTitle != .keep { names.append("public_title") }
        if restoredAt != .keep { names.append("restored_at") }
        if scope != .keep { names.append("scope") }
        if usersAffected != .keep { names.append("users_affected") }
        if security != nil { names.append("security") }
        if confidential != nil { names.append("confidential") }
        return names
    }

    /// The edit without changes that have no effect.
    func effective(on incident: Incident) -> Edited {
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
        edit.publicTitle = publicTitle.effective(on: incident.publicTitle)
        edit.restoredAt = restoredAt.effective(on: incident.times.restoredAt)
        edit.scope = scope.effective(on: incident.scope)
        edit.usersAffected = usersAffected.effective(on: incident.usersAffected)
        if security == incident.isSecurity { edit.security = nil }
        if confidential == incident.isConfidential { edit.confidential = nil }
        return edit
    }
}

/// Changes texts, times, labels or links of an incident.
public struct EditIncident: RequestedAction {
    public static let name = "editIncident"

    /// Changes to parts of the next action; an absent part stays (RFC 7396 merges objects).
    public struct NextActionParts: Sendable, Equatable {
        /// What is to be done; never cleared.
        public var text: Patch<String>
        public var owner: Patch<String>

        public init(text: Patch<String>, owner: Patch<String>) {
            self.text = text
            self.owner = owner
        }
    }

    /// Upper bound of an incident's labels. A request has at most as many, but requests merge.
    static let labelsMax = 50

    public var changes: Edited
    /// Removes all existing labels before `changes` apply.
    public var dropsLabels: Bool
    /// Changes to parts of the next action, instead of the one in `changes`.
    public var nextActionParts: NextActionParts?

    public init(_ changes: Edited, dropsLabels: Bool = false, nextActionParts: NextActionParts? = nil) {
        self.changes = changes
        self.dropsLabels = dropsLabels
        self.nextActionParts = nextActionParts
    }

    /// Whether it changes only what status updates say: their authors may record it.
    public var isOfWords: Bool {
        var others = changes
        (others.impact, others.workaround, others.nextAction, others.publicTitle) = (
            .keep, .keep, .keep, .keep
        )
        return others.isEmpty && !dropsLabels && changes.reason == nil
    }

    /// Labels merge by key, lists are replaced.
    public init(from body: BodyReader) {
        var edit = Edited()
        edit.title = body.patch("title") { body.text("title", .name) }
        if edit.title == .clear { body.refuse("title", "The title cannot be cleared.") }
        edit.publicTitle = body.patch("public_title") {
            body.optionalText(
                "public_title", .name, "The headline of public drafts; the title appears in none.")
        }
        edit.impact = body.patch("impact") { body.optionalText("impact", .paragraph) }
        edit.workaround = body.patch("workaround") { body.optionalText("workaround", .paragraph) }
        edit.restoredWhen = body.patch("restored_when") { body.optionalText("restored_when", .paragraph) }
        if body.isNull("next_action") { edit.nextAction = .clear }
        let nextActionParts = body.object("next_action") { action in
            NextActionParts(
                text: action.patch("text") { action.optionalText("text", .nextAction) },
                owner: action.patch("owner") { action.optionalText("owner", .person) })
        }
        edit.startedAt = body.patch("started_at") { body.moment("started_at") }
        edit.detectedAt = body.patch("detected_at") { body.moment("detected_at") }
        edit.channel = body.patch("channel") { body.optionalText("channel", .short) }
        edit.reviewedSeverity = body.patch("reviewed_severity") {
            body.severity("reviewed_severity", "Only after the incident has ended.")
        }
        edit.restoredAt = body.patch("restored_at") {
            body.moment(
                "restored_at",
                "When users were no longer affected. Set by resolving; may be changed after the end.")
        }
        let dropsLabels = body.isNull("labels")
        for (key, value) in body.labels(mayDrop: true) { edit.labels.updateValue(value, forKey: key) }
        edit.links = body.patch("links") { body.links() }
        edit.scope = body.patch("scope") { body.scope() }
        edit.usersAffected = body.patch("users_affected") { body.usersAffected() }
        edit.security = body.mark("security", Incident.securityNote)
        edit.confidential = body.mark("confidential", Incident.confidentialNote)
        edit.reason = body.optionalText("reason", .reason, "Required to clear security or confidential.")
        self.init(edit, dropsLabels: dropsLabels, nextActionParts: nextActionParts)
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        var warnings: [Warning] = []
        var edit = changes
        edit.startedAt = try settled(changes.startedAt, "#/started_at", at: given.now, &warnings)
        edit.detectedAt = try settled(changes.detectedAt, "#/detected_at", at: given.now, &warnings)
        edit.restoredAt = try settledRestoring(on: incident, at: given.now, &warnings)
        guard edit.title != .clear else { throw .invalid("#/title", "The title cannot be cleared.") }
        if edit.reviewedSeverity != .keep, incident.isOpen {
            throw .notAllowed(
                from: incident.status, "the reviewed severity", allowed: [.resolved, .cancelled],
                "The review sets it after the incident has ended. While it is open, record a dispute instead."
            )
        }
        edit.nextAction = try mergedNextAction(on: incident)
        if dropsLabels {
            for key in incident.labels.keys where edit.labels[key] == nil {
                edit.labels.updateValue(nil, forKey: key)
            }
        }
        edit = edit.effective(on: incident)
        if edit.isEmpty { return Decision(warnings: warnings) }
        if edit.startedAt != .keep || edit.detectedAt != .keep,
            isCrossed(
                edit.startedAt.applied(to: incident.times.startedAt),
                edit.detectedAt.applied(to: incident.times.detectedAt))
        {
            warnings.append(.timesCrossed)
        }
        try EditIncident.checkLabels(edit.labels, on: incident)
        try edit.checkMarks(on: incident, given.author)
        let text =
            "\(given.author.person.name) changed \(edit.fieldNames.joined(separator: ", "))"
            + because(edit.reason)
        let moved = incident.freezeMoved(by: edit, given)
        return Decision([given.entry(edit, text)] + moved.entries, warnings: warnings + moved.warnings)
    }

    private func settled(
        _ patch: Patch<Timestamp>, _ pointer: String, at now: Timestamp, _ warnings: inout [Warning]
    ) throws(Refusal) -> Patch<Timestamp> {
        guard case .set(let claimed) = patch, let moment = try settle(claimed, pointer, at: now, &warnings)
        else { return patch }
        return .set(moment)
    }

    /// The end of the impact: known after the end only, and not before the impact began.
    private func settledRestoring(
        on incident: Incident, at now: Timestamp, _ warnings: inout [Warning]
    ) throws(Refusal) -> Patch<Timestamp> {
        guard changes.restoredAt != .keep else { return .keep }
        guard !incident.isOpen else {
            throw .notAllowed(
                from: incident.status, "restored_at", allowed: [.resolved, .cancelled],
                "Resolving sets it. Change it after the incident has ended.")
        }
        let patch = try settled(changes.restoredAt, "#/restored_at", at: now, &warnings)
        if case .set(let moment) = patch, moment < incident.impactStartedAt {
            throw .invalid(
                "#/restored_at",
                "It must not be before the impact began, which was at \(incident.impactStartedAt.rfc3339). "
                    + "Correct started_at first if that is wrong.")
        }
        return patch
    }

    private func mergedNextAction(on incident: Incident) throws(Refusal) -> Patch<Incident.NextAction> {
        guard let parts = nextActionParts else { return changes.nextAction }
        guard let text = parts.text.applied(to: incident.nextAction?.text) else {
            throw .invalid("#/next_action/text", "A next action needs a text.")
        }
        return .set(.init(text: text, owner: parts.owner.applied(to: incident.nextAction?.owner)))
    }

    private static func checkLabels(_ changes: [String: String?], on incident: Incident) throws(Refusal) {
        var labels = incident.labels
        for (key, value) in changes { labels[key] = value }
        guard labels.count <= max(labelsMax, incident.labels.count) else {
            throw .invalid(
                "#/labels", "An incident has at most \(labelsMax) labels. Remove some with null first.")
        }
    }
}
