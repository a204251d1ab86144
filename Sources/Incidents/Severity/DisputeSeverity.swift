import Model
import Time

/// Someone claims another severity. Changes nothing now; listed for the review.
public struct SeverityDisputed: EntryPayload, Equatable {
    public static let kind: EntryKind = "severity_disputed"
    public static let event = EventType.entryAdded

    public var current: Severity
    public var claims: Severity
    public var reason: String

    public init(current: Severity, claims: Severity, reason: String) {
        self.current = current
        self.claims = claims
        self.reason = reason
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool { false }
}

extension SeverityDisputed {
    public init(from fields: FieldReader) throws(FieldError) {
        current = try fields.facts.read("current")
        claims = try fields.facts.read("claims")
        reason = try fields.words.read("reason")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("current", current)
        fields.facts.write("claims", claims)
        fields.words.write("reason", reason)
    }
}

/// Records a claim of another severity.
public struct DisputeSeverity: RequestedAction {
    public static let name = "disputeSeverity"

    public var claims: Severity
    public var reason: String

    public init(claims: Severity, reason: String) {
        self.claims = claims
        self.reason = reason
    }

    public init(from body: BodyReader) {
        self.init(claims: body.requiredSeverity("claims"), reason: body.text("reason", .reason))
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        let disputed = SeverityDisputed(current: incident.severity, claims: claims, reason: reason)
        let text =
            "\(given.author.person.name) disputed the severity: \(claims.rawValue) instead of \(incident.severity.rawValue)"
        return Decision([given.entry(disputed, text + because(reason))])
    }
}
