import Time

/// What a team does in the first ten minutes, one item for each window of two minutes (domain.md, section 9).
public enum ChecklistItem: String, CaseIterable, Sendable {
    case confirmImpact = "confirm_impact"
    case stopRiskyChange = "stop_risky_change"
    case quickChecks = "quick_checks"
    case choosePath = "choose_path"
    case writeDown = "write_down"

    static let window: Duration = .seconds(120)

    /// From the start of the checklist to the start of the item's window.
    var offset: Duration {
        let index =
            switch self {
            case .confirmImpact: 0
            case .stopRiskyChange: 1
            case .quickChecks: 2
            case .choosePath: 3
            case .writeDown: 4
            }
        return ChecklistItem.window * index
    }

    static let allNames = allCases.map(\.rawValue).joined(separator: ", ")
}
