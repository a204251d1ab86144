import Model
import Time

/// The ticks of the first ten minutes, of one episode.
public struct Checklist: Sendable, Equatable {
    public struct Tick: Sendable, Equatable {
        public let by: Person
        public let at: Timestamp
        /// Whole seconds after the end of the window, 0 for in time; `nil` for a tick without a window.
        public let lateBySeconds: Int?
    }

    /// When the first window begins: with the episode, or when a minor incident is raised. `nil` while it is minor, which has no windows.
    public private(set) var startedAt: Timestamp?
    public internal(set) var ticks: [ChecklistItem: Tick] = [:]

    init() {}

    /// The checklist of a new episode.
    init(of severity: Severity, from moment: Timestamp) {
        begin(at: severity, moment)
    }

    /// The windows begin with the first severity that has them.
    mutating func begin(at severity: Severity, _ moment: Timestamp) {
        if startedAt == nil, severity >= .major { startedAt = moment }
    }

    /// The window of an item; `nil` without one.
    public func window(of item: ChecklistItem) -> Range<Timestamp>? {
        startedAt.map { start in
            let begin = start + item.offset
            return begin..<begin + ChecklistItem.window
        }
    }

    mutating func move(by step: ClockStep) {
        startedAt = startedAt.map(step.past)
        ticks = ticks.mapValues { Tick(by: $0.by, at: step.past($0.at), lateBySeconds: $0.lateBySeconds) }
    }
}
