import Incidents
import Model
import Time

/// The first ten minutes, reimplemented from their description.
struct ReferenceChecklist {
    private static let items = [
        "confirm_impact", "stop_risky_change", "quick_checks", "choose_path", "write_down",
    ]

    /// Start of the first window; `nil` while the incident is minor.
    private var start: Timestamp?
    private var ticked: Set<String> = []

    init(_ severity: Severity, at moment: Timestamp) {
        raise(to: severity, at: moment)
    }

    mutating func raise(to severity: Severity, at moment: Timestamp) {
        if start == nil, severity != .minor { start = moment }
    }

    /// Returns a violation, if any.
    mutating func read(_ tick: ChecklistTicked, at moment: Timestamp) -> String? {
        guard ticked.insert(tick.item.rawValue).inserted else { return "\(tick.item) was ticked twice" }
        let number = Self.items.firstIndex(of: tick.item.rawValue)
        let due = start.flatMap { start in number.map { start + .seconds(120 * ($0 + 1)) } }
        let late = due.map { $0 < moment ? Int((moment - $0).wholeSeconds) : 0 }
        return tick.dueAt == due && tick.lateBySeconds == late ? nil : "\(tick.item) is late by another time"
    }
}
