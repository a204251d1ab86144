import Model
import Time

/// Someone tried what users do: whether it worked (domain.md, section 8).
public struct CheckRecorded: EntryPayload, Equatable {
    public static let kind: EntryKind = "check_recorded"
    public static let event = EventType.entryAdded

    public static func isProgress(on incident: Incident, by author: Person) -> Bool { true }

    /// The seq of the first check of the path in this episode; `nil` for that one itself. A redaction erases the path, and leaves this.
    public var pathSeq: Int?
    public var passed: Bool
    /// Who tried it.
    public var by: Person
    /// The user flow: `sign in with a password`.
    public var path: String
    /// What was seen.
    public var evidence: String?

    public init(pathSeq: Int?, passed: Bool, by: Person, path: String, evidence: String?) {
        self.pathSeq = pathSeq
        self.passed = passed
        self.by = by
        self.path = path
        self.evidence = evidence
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        let result = Checks.Result(
            seq: place.seq, passed: passed, at: place.recordedAt,
            isLate: incident.watch.map { place.recordedAt >= $0.middleAt } ?? true)
        incident.checks.add(result, to: pathSeq, named: path)
        return false
    }
}

extension CheckRecorded {
    public init(from fields: FieldReader) throws(FieldError) {
        pathSeq = try fields.facts.read("path_seq")
        passed = try fields.facts.read("passed")
        by = try fields.facts.read("by")
        path = try fields.words.read("path")
        evidence = try fields.words.read("evidence")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("path_seq", pathSeq)
        fields.facts.write("passed", passed)
        fields.facts.write("by", by)
        fields.words.write("path", path)
        fields.words.write("evidence", evidence)
    }
}

/// Records a check. A failed one starts a watch over.
public struct RecordCheck: RequestedAction {
    public static let name = "recordCheck"

    public var path: String
    public var passed: Bool
    public var evidence: String?
    /// Who tried it; `nil` for the author.
    public var by: Person?

    public init(_ path: String, passed: Bool, evidence: String? = nil, by: Person? = nil) {
        self.path = path
        self.passed = passed
        self.evidence = evidence
        self.by = by
    }

    public init(from body: BodyReader) {
        self.init(
            body.text(
                "path", .name, "The user flow that was tried. Case and blanks at the ends make no difference."
            ),
            passed: body.requiredBool("passed"),
            evidence: body.optionalText("evidence", .nextAction, "What was seen."),
            by: body.optionalText("by", .person, "Who tried it; the author by default.").map { Person($0) })
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        try incident.requireOpen("a check")
        let known = incident.checks.path(named: path)
        guard known != nil || !incident.checks.isFull else {
            throw .invalid(
                "#/path",
                "All \(Checks.pathsMax) paths of this episode have failed, and no more can be added. Record a check of one of them, "
                    + "or post a finding.")
        }
        let check = CheckRecorded(
            pathSeq: known?.seq, passed: passed, by: by ?? given.author.person, path: path, evidence: evidence
        )
        let recorded = given.entry(
            check,
            "\(check.by.name) tried \(path): \(passed ? "passed" : "failed")"
                + (evidence.map { ", \($0)" } ?? ""))
        // The check comes last: it is what the caller gets.
        let reset = passed ? nil : incident.watchReset(.failedCheck, of: incident.severity, given)
        return Decision([reset, recorded].compactMap(\.self))
    }
}
