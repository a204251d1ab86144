import Model

/// The severity of an incident. It only rises while the incident is open (domain.md, section 2).
public enum Severity: String, CaseIterable, Sendable, Comparable {
    /// Some users affected, a workaround exists, no data at risk.
    case minor
    /// Many users, a core function degraded, revenue or deadlines at risk.
    case major
    /// Mostly down, or a security risk, or data loss likely.
    case critical

    /// Parses a severity: the three words, `p1`…`p3`, `s1`…`s3` or `sev1`…`sev3`, in any ASCII case; `-`, `_` and spaces are ignored.
    public init?(input: String) {
        let kept = input.utf8.filter { ![0x20, 0x2D, 0x5F].contains($0) }
        switch asciiLowercased(String(decoding: kept, as: UTF8.self)) {
        case "minor", "p3", "s3", "sev3": self = .minor
        case "major", "p2", "s2", "sev2": self = .major
        case "critical", "p1", "s1", "sev1": self = .critical
        default: return nil
        }
    }

    /// The input of `init(input:)` as a regular expression; the parser also ignores several separators in a row.
    public static let inputPattern: String = {
        let ignored = "[ _-]?"
        func word(_ letters: String) -> String {
            letters.map { "[\($0.uppercased())\($0)]" }.joined(separator: ignored) + ignored
        }
        let words = allCases.map { word($0.rawValue) }.joined(separator: "|")
        return "^\(ignored)(?:\(words)|(?:\(word("p"))|\(word("s"))(?:\(word("ev")))?)[1-3]\(ignored))$"
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
        optional(
            name, .pattern(Severity.inputPattern), note, otherwise: BodyReader.severities,
            Severity.init(input:))
    }

    func requiredSeverity(_ name: String) -> Severity {
        required(
            name, .pattern(Severity.inputPattern), or: .minor, missing: "one of minor, major, critical",
            otherwise: BodyReader.severities, Severity.init(input:))
    }

    private static let severities =
        "It must be one of minor, major, critical (or p3…p1, s3…s1, sev3…sev1). There are three: send critical for 0, minor for 4 and more."
}
