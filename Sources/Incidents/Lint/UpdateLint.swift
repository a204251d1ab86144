import Lint
import Model

/// What becomes of a status update in which the linter finds something (domain.md, section 7).
public struct UpdateLint: Sendable, Equatable {
    public enum Mode: String, CaseIterable, Sendable {
        /// Nothing is looked for.
        case off
        /// It is published with its findings.
        case warn
        /// It is refused; `force` publishes it with its findings.
        case block
    }

    public var mode: Mode
    public var linter: Linter
    /// The words of changes that say no steps.
    public var stepWords: StepWords

    public init(_ mode: Mode, _ linter: Linter, _ stepWords: StepWords) {
        self.mode = mode
        self.linter = linter
        self.stepWords = stepWords
    }

    /// Without words: nothing is looked for.
    public static let off = UpdateLint(.off, Linter(words: .empty), StepWords(""))
}

extension Incident {
    /// What the linter needs to know of an update that is published now. `template` is its template, `nil` for a text.
    public func lintContext(
        for audience: Audience, template: String?, isTimeVerified: Bool, nextUpdateIn: Duration?
    ) -> Linter.Context {
        let isPublic = audience == .public
        let isFirst = publicUpdates.count == 0 || impactChangedBy > publicUpdates.lastSeq
        let roles = roles.sorted { $0.key.rawValue < $1.key.rawValue }
        return Linter.Context(
            isPublic: isPublic,
            mustSayImpact: isPublic && isFirst && template != Template.nothingNew && status != .cancelled,
            mustSayNextTime: isOpen, isTimeVerified: isTimeVerified, people: roles.map(\.value.person.name),
            nextUpdateMinutes: max(1, Int((nextUpdateIn ?? cadence.interval).wholeSeconds / 60)))
    }
}

extension Linter.Context {
    /// A text about no incident: the first public update of one.
    public static func firstUpdate(for audience: Audience) -> Linter.Context {
        let isPublic = audience == .public
        return Linter.Context(
            isPublic: isPublic, mustSayImpact: isPublic, mustSayNextTime: true, isTimeVerified: false,
            people: [], nextUpdateMinutes: 15)
    }
}

/// A finding as an update stores it: rule and span are facts, the suggestion is words.
public struct StoredFinding: Sendable, Equatable {
    /// `LintFinding.Rule`, or a rule of a newer version.
    public var rule: String
    /// UTF-8 byte offsets in the text.
    public var span: Range<Int>
    public var suggestion: String

    public init(_ finding: LintFinding) {
        rule = finding.rule.rawValue
        span = finding.span
        suggestion = finding.suggestion
    }

    /// What stands in the text at the span.
    public func words(in text: String) -> String {
        LintFinding.words(at: span, in: text)
    }

    init(rule: String, span: Range<Int>, suggestion: String) {
        self.rule = rule
        self.span = span
        self.suggestion = suggestion
    }
}

extension UpdatePublished {
    mutating func readLint(from fields: FieldReader) throws(FieldError) {
        lintForced = fields.facts.has("lint_forced") ? try fields.facts.read("lint_forced") : false
        let stored = try fields.facts.objects("lint")
        guard !stored.isEmpty else { return }
        let words = try fields.words
        let suggestions: [String] = words.isErased ? [] : try words.read("lint_suggestions")
        for (index, finding) in stored.enumerated() {
            let rule = try finding.read("rule", sample: LintFinding.Rule.guess.rawValue)
            let start: Int = try finding.read("start")
            let end: Int = try finding.read("end")
            guard start <= end, words.isErased || index < suggestions.count else { throw .odd("lint") }
            lint.append(
                StoredFinding(
                    rule: rule, span: start..<end,
                    suggestion: words.isErased ? redacted : suggestions[index]))
        }
    }

    func writeLint(to fields: inout FieldWriter) {
        guard !lint.isEmpty else { return }
        fields.facts.write("lint", objects: lint) { writer, finding in
            writer.write("rule", finding.rule)
            writer.write("start", finding.span.lowerBound)
            writer.write("end", finding.span.upperBound)
        }
        if lintForced { fields.facts.write("lint_forced", true) }
        fields.words.write("lint_suggestions", lint.map(\.suggestion))
    }
}

extension PublishUpdate {
    /// The findings in the text, and whether the author overrode them. Refuses the update when they block it.
    func lint(
        on incident: Incident, _ given: Circumstances<Incident>, nextUpdateIn: Duration?
    ) throws(Refusal) -> (findings: [LintFinding], isForced: Bool) {
        let policy = given.policy.lint
        guard policy.mode != .off else { return ([], false) }
        var context = incident.lintContext(
            for: audience, template: template, isTimeVerified: etaBasis != nil, nextUpdateIn: nextUpdateIn)
        context.others = people
        let findings = policy.linter.findings(in: text, context)
        guard policy.mode == .block, !findings.isEmpty else { return (findings, false) }
        guard force else { throw .blocked(by: findings, in: text) }
        return (findings, true)
    }
}

extension ProblemType {
    public static let lintBlocked = ProblemType(
        "lint-blocked", 422, "The linter found something in the text",
        means:
            "The text holds a guess, blame, a promise, an internal name or a secret, or lacks something; current lists the findings. "
            + "This service blocks such updates (DRUMBEAT_LINT).",
        remedy:
            "Put each suggestion in the place of its span, or write it otherwise. \"force\": true publishes the text unchanged."
    )
}

extension Refusal {
    /// How many findings `errors` lists; `current` has all.
    private static let shownMax = 10

    static func blocked(by findings: [LintFinding], in text: String) -> Refusal {
        var fields = FieldWriter()
        fields.facts.write("findings", objects: findings) { writer, finding in
            writer.write("rule", finding.rule.rawValue)
            writer.write("span", [finding.span.lowerBound, finding.span.upperBound])
            writer.write("text", LintFinding.words(at: finding.span, in: text))
            writer.write("suggestion", finding.suggestion)
        }
        let flaws = findings.prefix(shownMax).map { finding in
            Flaw(
                "#/text",
                "\(finding.rule.rawValue) at bytes \(finding.span.lowerBound) to \(finding.span.upperBound). "
                    + "Suggestion: \(finding.suggestion)")
        }
        let rules = LintFinding.Rule.allCases.filter { rule in findings.contains { $0.rule == rule } }
        return Refusal(
            .lintBlocked,
            "The text was not published: the linter found \(rules.map(\.rawValue).joined(separator: ", ")). "
                + "Change it as suggested, or force it.",
            current: .shown(fields.finish(rest: []).facts), flaws: flaws, links: [PublishUpdate.forcing])
    }
}
