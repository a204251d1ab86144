import Model
import Time

/// The incident was declared: the first entry of its stream.
public struct Declared: EntryPayload, Equatable {
    public static let kind: EntryKind = "declared"
    public static let event = EventType("incident.declared", .status, "An incident was declared")

    public var number: Int
    public var severity: Severity
    /// The description given by the declarer.
    public var details: Details
    /// The first deadline.
    public var beat: Beat
    /// Limits of the episode; `nil` in an entry of Drumbeat 0.1.0.
    public var episode: EpisodeClock?
    /// Until when deploys in the scope of the label `service` are frozen; `nil` for no freeze.
    public var freezeUntil: Timestamp?

    public init(
        number: Int, severity: Severity, details: Details, beat: Beat, episode: EpisodeClock?,
        freezeUntil: Timestamp? = nil
    ) {
        self.number = number
        self.severity = severity
        self.details = details
        self.beat = beat
        self.episode = episode
        self.freezeUntil = freezeUntil
    }

    /// The entry opens the stream (`Incident.init(opening:id:at:)`); a second one has no effect.
    public func apply(to incident: inout Incident, at place: Place) -> Bool { false }
}

extension Declared {
    public init(from fields: FieldReader) throws(FieldError) {
        let (facts, words) = (fields.facts, try fields.words)
        var details = Details(title: try words.read("title"))
        details.startedAt = try facts.read("started_at")
        details.detectedAt = try facts.read("detected_at")
        details.impact = try words.read("impact")
        details.workaround = try words.read("workaround")
        details.restoredWhen = try words.read("restored_when")
        details.nextAction = try words.nextAction()
        details.channel = try words.read("channel")
        for (key, value) in try words.labels() { details.labels[key] = value }
        details.links = try words.links()
        details.roles = try Declared.roles(facts, words)
        details.publicTitle = try words.read("public_title")
        details.scope = try words.read("scope")
        details.usersAffected = try facts.read("users_affected")
        details.isSecurity = try facts.mark("security") ?? false
        details.isConfidential = try facts.mark("confidential") ?? false
        self.init(
            number: try facts.read("number"), severity: try facts.read("severity"), details: details,
            beat: try Beat(from: facts), episode: try EpisodeClock(from: facts),
            freezeUntil: try facts.read("freeze_until"))
    }

    private static func roles(_ facts: ObjectReader, _ words: ObjectReader) throws(FieldError) -> [Role:
        Holder]
    {
        guard let roles = try facts.object("roles") else { return [:] }
        let contacts = try words.object("contacts")
        var holders: [Role: Holder] = [:]
        for name in roles.names(samples: Role.allCases.map(\.rawValue)) {
            guard let role = Role(rawValue: name) else {
                throw .odd(name)
            }
            holders[role] = Holder(person: try roles.read(name), contact: try contacts?.read(name))
        }
        return holders
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("number", number)
        fields.facts.write("severity", severity)
        fields.facts.write("started_at", details.startedAt)
        fields.facts.write("detected_at", details.detectedAt)
        let holders = Role.allCases.compactMap { role in details.roles[role].map { (role, $0) } }
        if !holders.isEmpty {
            fields.facts.write("roles") { roles in
                for (role, holder) in holders { roles.write(key: role.rawValue, holder.person.name) }
            }
        }
        beat.write(to: &fields.facts)
        episode?.write(to: &fields.facts)
        fields.facts.write("freeze_until", freezeUntil)
        fields.facts.write("users_affected", details.usersAffected)
        fields.facts.write("security", details.isSecurity ? true : nil)
        fields.facts.write("confidential", details.isConfidential ? true : nil)
        fields.words.write("title", details.title)
        fields.words.write("impact", details.impact)
        fields.words.write("workaround", details.workaround)
        fields.words.write("restored_when", details.restoredWhen)
        if let action = details.nextAction { fields.words.write("next_action", action) }
        fields.words.write("channel", details.channel)
        if !details.labels.isEmpty { fields.words.write("labels", labels: details.labels) }
        if !details.links.isEmpty { fields.words.write("links", details.links) }
        let contacts = holders.compactMap { role, holder in holder.contact.map { (role, $0) } }
        if !contacts.isEmpty {
            fields.words.write("contacts") { writer in
                for (role, contact) in contacts { writer.write(key: role.rawValue, contact) }
            }
        }
        fields.words.write("public_title", details.publicTitle)
        fields.words.write("scope", details.scope)
    }

    /// The description of a new incident.
    public struct Details: Sendable, Equatable {
        /// One line.
        public var title: String
        /// One line for the public.
        public var publicTitle: String?
        /// Who is affected and how.
        public var impact: String?
        /// What users can do meanwhile.
        public var workaround: String?
        /// What "restored" means.
        public var restoredWhen: String?
        public var nextAction: Incident.NextAction?
        /// When it began.
        public var startedAt: Timestamp?
        /// When it was noticed.
        public var detectedAt: Timestamp?
        /// Where the responders talk.
        public var channel: String?
        public var labels: [String: String] = [:]
        public var links: [Incident.Link] = []
        /// Initial holders of roles, with their contacts.
        public var roles: [Role: Holder] = [:]
        /// Who of all users is affected.
        public var scope: String?
        public var usersAffected: Int?
        public var isSecurity = false
        public var isConfidential = false

        public init(title: String) {
            self.title = title
        }
    }

    /// A person in a role, with a contact.
    public struct Holder: Sendable, Equatable {
        public var person: Person
        public var contact: String?

        public init(person: Person, contact: String?) {
            self.person = person
            self.contact = contact
        }
    }
}

/// Declares an incident.
public struct Declare: RequestedOpening {
    public static let name = "declare"

    public var severity: Severity
    public var details: Declared.Details

    public init(_ severity: Severity, _ details: Declared.Details) {
        self.severity = severity
        self.details = details
    }

    public init(from body: BodyReader) {
        let details = Declared.Details(from: body)
        self.init(body.requiredSeverity("severity"), details)
    }

    public var needsCounts: Bool { details.channel != nil }

    public func deploysAsked(at now: Timestamp) -> DeployQuery? {
        .suspects(in: details.labels.deployScope, at: now)
    }

    public func decide(opening number: Int, _ given: Circumstances<Incident>) throws(Refusal) -> Decision<
        Incident
    > {
        var details = details
        var warnings: [Warning] = []
        details.startedAt = try settle(details.startedAt, "#/started_at", at: given.now, &warnings)
        details.detectedAt = try settle(details.detectedAt, "#/detected_at", at: given.now, &warnings)
        if isCrossed(details.startedAt, details.detectedAt) { warnings.append(.timesCrossed) }
        if saysNothing(details.impact) { warnings.append(.impactMissing) }
        if let channel = details.channel, !saysNothing(channel),
            given.counts?.hasIncident(in: channel) == true
        {
            warnings.append(.channelInUse)
        }
        if Role.isOneForBoth(details.roles.mapValues(\.person)) { warnings.append(.commanderIsCommunicator) }
        let freezes = given.policy.freezes(severity)
        if freezes, details.labels.deployScope.isEverything { warnings.append(.freezesEverything) }
        let declared = Declared(
            number: number, severity: severity, details: details,
            beat: Beat(firstOf: severity, under: given.policy, at: given.now),
            episode: EpisodeClock(startingAt: given.now, under: given.policy),
            freezeUntil: freezes ? given.now + Incident.Freeze.lifetime : nil)
        let text = "Declared by \(given.author.person.name) as \(severity.rawValue): \(details.title)"
        let people = [given.author.person] + Role.allCases.compactMap { details.roles[$0]?.person }
        return Decision(
            [given.entry(declared, text)] + given.suspectedDeploys,
            warnings: warnings + given.silence(to: people))
    }
}

extension Declared.Details {
    fileprivate init(from body: BodyReader) {
        self.init(title: body.text("title", .name))
        publicTitle = body.optionalText(
            "public_title", .name, "The headline of public drafts; the title appears in none.")
        impact = body.optionalText("impact", .paragraph)
        workaround = body.optionalText("workaround", .paragraph)
        restoredWhen = body.optionalText("restored_when", .paragraph)
        nextAction = body.object("next_action") { action in
            Incident.NextAction(
                text: action.text("text", .nextAction), owner: action.optionalText("owner", .person))
        }
        startedAt = body.moment("started_at")
        detectedAt = body.moment("detected_at")
        channel = body.optionalText("channel", .short)
        for (key, value) in body.labels(mayDrop: false) { labels[key] = value ?? "" }
        links = body.links() ?? []
        roles = body.holders()
        scope = body.scope()
        usersAffected = body.usersAffected()
        isSecurity = body.optionalBool("security", Incident.securityNote) ?? false
        isConfidential = body.optionalBool("confidential", Incident.confidentialNote) ?? false
    }
}

extension BodyReader {
    /// `{"commander": "alice"}`, or with a contact `{"commander": {"person": "alice", "contact": "tel:…"}}`.
    fileprivate func holders() -> [Role: Declared.Holder] {
        object("roles") { roles in
            var holders: [Role: Declared.Holder] = [:]
            for name in roles.names(samples: Role.allCases.map(\.rawValue)) {
                guard let role = Role(typed: name) else {
                    let near = Spelling.nearest(to: name, among: Role.allCases.map(\.rawValue))
                    let guess = near.map { "Did you mean \($0)? " } ?? ""
                    roles.refuse(name, "This role does not exist. \(guess)The roles are \(Role.allNames).")
                    continue
                }
                if holders[role] != nil { roles.refuse(name, "The role \(role.rawValue) is given twice.") }
                holders[role] = roles.textOrObject(name, .person) { text in
                    Declared.Holder(person: Person(text), contact: nil)
                } orObject: { holder in
                    Declared.Holder(
                        person: holder.person("person"), contact: holder.optionalText("contact", .short))
                }
            }
            return holders
        } ?? [:]
    }
}

extension Warning {
    public static let channelInUse = Warning(
        "channel_in_use",
        "Another open incident has this channel.",
        links: [
            Link(
                "listIncidents", "GET", "/v1/incidents", detail: "the open incidents", body: nil),
            .changingStatus(
                detail: "cancels this one, if they are the same",
                body: ["status": "cancelled", "reason": "duplicate", "duplicate_of": "…"]),
        ])
    public static let impactMissing = Warning(
        "impact_missing",
        "No one has said who is affected and how, so public drafts show [FILL: impact].",
        links: [.editing(detail: "says who is affected and how", body: ["impact": "…"])])
}
