import Synchronization
import Time

/// Rate limit of the log lines about refused requests: who sends nonsense as fast as it can must not fill the log, nor drop the lines of
/// others. What is not logged is counted.
final class RefusalLog: Sendable {
    /// Log lines per second about requests without a valid token, together.
    static let strangersPerSecond = 10
    /// Log lines per second about the refused requests of one token.
    static let perTokenPerSecond = 100

    /// How many lines were left out, by the token's name; `-` for requests without a valid token.
    typealias Suppressed = [(token: String, count: Int)]

    private struct Window {
        var second: Int64 = 0
        /// Refusals in this second, by the token's name.
        var counts: [String: Int] = [:]
    }

    static let stranger = "-"
    private let window = Mutex(Window())

    /// Counts a refusal. Returns whether it is to be logged, and what was left out in the second before this one.
    func count(_ token: String, at now: Timestamp) -> (isLogged: Bool, suppressed: Suppressed) {
        window.withLock { window in
            let suppressed = Self.roll(&window, to: now)
            window.counts[token, default: 0] += 1
            return (window.counts[token, default: 0] <= Self.linesMax(token), suppressed)
        }
    }

    /// What was left out, if the second is over.
    func suppressed(at now: Timestamp) -> Suppressed {
        window.withLock { Self.roll(&$0, to: now) }
    }

    private static func roll(_ window: inout Window, to now: Timestamp) -> Suppressed {
        let second = now.milliseconds / 1_000
        guard second != window.second else { return [] }
        defer { window = Window(second: second) }
        return window.counts.sorted { $0.key < $1.key }
            .compactMap { token, count in
                count > linesMax(token) ? (token, count - linesMax(token)) : nil
            }
    }

    private static func linesMax(_ token: String) -> Int {
        token == stranger ? strangersPerSecond : perTokenPerSecond
    }
}
