import Model

/// The severity of an incident. It only rises while the incident is open (domain.md, section 2).
public enum Severity: String, CaseIterable, Sendable, Comparable {
    /// Some users affected, a workaround exists, no data at risk.
    case minor
    /// Many users, a core function degraded, revenue or deadlines at risk.
    case major
    /// Mostly down, or a security risk, or data loss likely.
    case critical

    /// Parses a severity: the three words, `p1`…`p3` or `sev1`…`sev3`, in any ASCII case.
    public init?(input: String) {
        switch asciiLowercased(input) {
        case "minor", "p3", "sev3": self = .minor
        case "major", "p2", "sev2": self = .major
        case "critical", "p1", "sev1": self = .critical
        default: return nil
        }
    }

    /// The input of `init(input:)` as a regular expression.
    public static let inputPattern =
        "^(?:[Mm][Ii][Nn][Oo][Rr]|[Mm][Aa][Jj][Oo][Rr]|[Cc][Rr][Ii][Tt][Ii][Cc][Aa][Ll]|(?:[Pp]|[Ss][Ee][Vv])[1-3])$"

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

    private static let severities = "It must be one of minor, major, critical (or p3…p1, sev3…sev1)."
}
