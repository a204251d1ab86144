import Model
import Time

/// Deploys in a scope are allowed for a time, whichever incidents freeze it.
public struct ExceptionGranted: EntryPayload, Equatable {
    public static let kind: EntryKind = "exception_granted"
    public static let event = EventType.entryAdded

    public var until: Timestamp
    /// `*` for everything. Never `nil`: an exception that was erased must not open everything.
    public var scope: String
    /// What may be deployed, for people.
    public var what: String?

    public init(_ scope: DeployScope, until: Timestamp, what: String?) {
        self.scope = scope.name
        self.until = until
        self.what = what
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.keep(
            Incident.FreezeException(
                id: place.id, seq: place.seq, scope: DeployScope(scope), until: until), at: place.recordedAt)
        return false
    }
}

extension ExceptionGranted {
    public init(from fields: FieldReader) throws(FieldError) {
        until = try fields.facts.read("until")
        scope = try fields.words.read("scope")
        what = try fields.words.read("what")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("until", until)
        fields.words.write("scope", scope)
        fields.words.write("what", what)
    }
}

extension Incident {
    /// An exception from the freezes of its scope.
    public struct FreezeException: Sendable, Equatable {
        /// The id of the entry that granted it.
        public let id: String
        /// The seq of that entry.
        public let seq: Int
        public let scope: DeployScope
        /// When it ends, or ended.
        public internal(set) var until: Timestamp

        public func runs(at now: Timestamp) -> Bool { until > now }

        func moved(by step: ClockStep) -> FreezeException {
            var moved = self
            moved.until = step.moved(until)
            return moved
        }
    }

    /// Upper bound of the exceptions that run.
    public static let exceptionsMax = 20

    /// Adds an exception, in the place of the first that has ended once there are as many as may run.
    fileprivate mutating func keep(_ exception: FreezeException, at now: Timestamp) {
        if exceptions.count >= Incident.exceptionsMax {
            exceptions.remove(at: exceptions.firstIndex { !$0.runs(at: now) } ?? 0)
        }
        exceptions.append(exception)
    }

    /// The exception that a mitigation gets when it starts, so that the pipeline of the fix is not blocked; `nil` when no freeze of this
    /// incident runs, or no more exceptions may.
    func exceptionForMitigation(
        _ action: String, _ given: Circumstances<Incident>
    ) -> NewEntry<Incident>? {
        guard let freeze, freeze.runs(at: given.now), hasRoomForException(at: given.now) else { return nil }
        return GrantException(minutes: GrantException.minutesDefault, scope: nil, what: action)
            .entry(in: freeze.scope, allowedBy: "The start of the mitigation", given)
    }

    fileprivate func hasRoomForException(at now: Timestamp) -> Bool {
        exceptions.count { $0.runs(at: now) } < Incident.exceptionsMax
    }
}

/// Allows deploys in a scope for a while.
public struct GrantException: RequestedAction {
    public static let name = "grantException"

    static let minutesDefault = 30
    static let minutesRange: ClosedRange<Int64> = 1...120

    public var minutes: Int
    /// `nil` for the scope of the freeze.
    public var scope: String?
    public var what: String?

    public init(minutes: Int, scope: String?, what: String?) {
        self.minutes = minutes
        self.scope = scope
        self.what = what
    }

    public init(from body: BodyReader) {
        self.init(
            minutes: body.integer("minutes", in: GrantException.minutesRange, "30 by default.")
                ?? GrantException.minutesDefault,
            scope: body.optionalText(
                "scope", .name, "What may be deployed, `*` for everything; by default what is frozen."),
            what: body.optionalText("what", .name))
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        try incident.requireOpen("an exception from a freeze")
        try incident.requireFreezeApprover(given.author)
        guard incident.hasRoomForException(at: given.now) else {
            throw .invalid(
                "#",
                "\(Incident.exceptionsMax) exceptions of this incident run. Revoke one first, or wait until one ends."
            )
        }
        let frozen = incident.freeze.flatMap { $0.runs(at: given.now) ? $0.scope : nil }
        let scope = scope.map { DeployScope($0) } ?? frozen ?? incident.deployScope
        return Decision([entry(in: scope, allowedBy: given.author.person.name, given)])
    }

    fileprivate func entry(
        in scope: DeployScope, allowedBy cause: String, _ given: Circumstances<Incident>
    ) -> NewEntry<Incident> {
        let until = given.now + .seconds(60 * minutes)
        let deploys = scope.isEverything ? "all deploys" : "deploys of \(scope.name)"
        return given.entry(
            ExceptionGranted(scope, until: until, what: what),
            "\(cause) allowed \(deploys) until \(until.rfc3339)" + because(what))
    }
}
