import Model

/// How bad it is. While an incident is open its severity only rises (domain.md, section 2).
public enum Severity: String, CaseIterable, Sendable, Comparable {
    /// Some users affected, a workaround exists, no data at risk.
    case minor
    /// Many users, a core function degraded, revenue or deadlines at risk.
    case major
    /// Mostly down, or a security risk, or data loss likely.
    case critical

    /// Reads a severity as people write it: the three words, `p1`…`p3` or `sev1`…`sev3`, in any ASCII case.
    public init?(input: String) {
        switch asciiLowercased(input) {
        case "minor", "p3", "sev3": self = .minor
        case "major", "p2", "sev2": self = .major
        case "critical", "p1", "sev1": self = .critical
        default: return nil
        }
    }

    private var rank: Int {
        switch self {
        case .minor: 1
        case .major: 2
        case .critical: 3
        }
    }

    /// Orders severities from `minor` up to `critical`.
    public static func < (left: Severity, right: Severity) -> Bool {
        left.rank < right.rank
    }
}
