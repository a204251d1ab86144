import Logging
import Synchronization

/// A logger that records its events.
package final class RecordingLog: Sendable {
    private let entries = Mutex<[(event: String, line: String)]>([])

    package init() {}

    package func record(_ level: Logger.Level, _ event: String, _ fields: [(String, String)]) {
        let line = "\(level.rawValue) \(event) " + fields.map { "\($0)=\($1)" }.joined(separator: " ")
        entries.withLock { $0.append((event, line)) }
    }

    /// Names of the events, in order.
    package var events: [String] { entries.withLock { $0.map(\.event) } }

    /// One line per event: level, name and fields.
    package var lines: [String] { entries.withLock { $0.map(\.line) } }
}
