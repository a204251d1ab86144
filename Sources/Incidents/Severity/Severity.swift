import Model

/// The severity of an incident. It only rises while the incident is open (domain.md, section 2).
public enum Severity: String, CaseIterable, Sendable, Comparable {
    /// Some users affected, a workaround exists, no data at risk.
    case minor
    /// Many users, a core function degraded, revenue or deadlines at risk.
    case major
    /// Mostly down, or a security risk, or data loss likely.
    case critical

    /// Parses a severity: the three words, or `p`, `sev` or `s` with a number from 1 to 3, in any ASCII case. Hyphens, blanks and
    /// underscores are ignored: SEV-1.
    public init?(input: String) {
        switch Severity.letters(of: input) {
        case "minor", "p3", "sev3", "s3": self = .minor
        case "major", "p2", "sev2", "s2": self = .major
        case "critical", "p1", "sev1", "s1": self = .critical
        default: return nil
        }
    }

    private static func letters(of input: String) -> String {
        asciiLowercased(
            String(decoding: input.utf8.filter { ![0x20, 0x2D, 0x5F].contains($0) }, as: UTF8.self))
    }

    /// Why a text is no severity, and what to send.
    public static func advice(on input: String) -> String {
        let letters = letters(of: input)
        let prefix = ["sev", "p", "s"].first { letters.hasPrefix($0) } ?? ""
        let digits = letters.dropFirst(prefix.count)
        guard !prefix.isEmpty, (1...9).contains(digits.utf8.count), let number = Int(digits), number >= 0
        else {
            return "must be one of minor, major, critical (or p3…p1, sev3…sev1, s3…s1)."
        }
        return number == 0
            ? "must be one of the three severities, and none is above critical: send critical."
            : "must be one of the three severities, and none is below minor: send minor."
    }

    /// Inputs of `init(input:)` as a regular expression, short enough for a schema: the parser also ignores separators elsewhere.
    public static let inputPattern: String = {
        let words = allCases.map { $0.rawValue.map { "[\($0.uppercased())\($0)]" }.joined() }
        return "^(?:\(words.joined(separator: "|"))|(?:[Pp]|[Ss](?:[Ee][Vv])?)[-_ ]?[1-3])$"
    }()

    private var rank: Int {
        switch self {
        case .minor: 1
        case .major: 2
        case .critical: 3
        }
    }

    /// From `minor` up to `critical`.
    public static func < (left: Severity, right: Severity) -> Bool {
        left.rank < right.rank
    }
}

extension BodyReader {
    /// A severity, under any of its names.
    func severity(_ name: String, _ note: String? = nil) -> Severity? {
        var advice = Severity.advice(on: "")
        return optional(name, .pattern(Severity.inputPattern), note, otherwise: "It \(advice)") { text in
            advice = Severity.advice(on: text)
            return Severity(input: text)
        }
    }

    func requiredSeverity(_ name: String) -> Severity {
        var advice = Severity.advice(on: "")
        return required(
            name, .pattern(Severity.inputPattern), or: .minor, missing: "one of minor, major, critical",
            otherwise: "It \(advice)"
        ) { text in
            advice = Severity.advice(on: text)
            return Severity(input: text)
        }
    }
}
