import Synchronization
import Time

/// The checks of `/readyz`: whether the service accepts writes and sends nags in time.
public struct Readiness: Sendable {
    public struct Check: Sendable {
        /// Member name in the answer.
        public let name: StaticString
        /// One word; `ok` when nothing is to be done.
        public let status: String
        /// Whether the check makes the service not ready. External causes, such as unreachable receivers, never do.
        public let isFailing: Bool
        /// What is wrong and what to do; `nil` when nothing is to be done.
        public let detail: String?
        /// Additional integers, by member name.
        public let figures: [(name: StaticString, value: Int?)]

        public init(
            _ name: StaticString, status: String, isFailing: Bool, detail: String?,
            figures: [(name: StaticString, value: Int?)]
        ) {
            self.name = name
            self.status = status
            self.isFailing = isFailing
            self.detail = detail
            self.figures = figures
        }

        /// A check without findings.
        public static func ok(_ name: StaticString, figures: [(name: StaticString, value: Int?)] = [])
            -> Check
        {
            Check(name, status: "ok", isFailing: false, detail: nil, figures: figures)
        }
    }

    /// In the order of display.
    public var checks: [Check]

    public init(_ checks: [Check]) {
        self.checks = checks
    }

    public var isReady: Bool { !checks.contains { $0.isFailing } }
}

/// Rate limit of the log lines about failing checks: `/readyz` needs no token.
final class ReadinessLog: Sendable {
    /// Interval between two lines about a check whose status stays the same.
    private static let interval = Duration.seconds(10)

    private let logged = Mutex<[String: (status: String, at: Timestamp)]>([:])

    /// Whether a check is to be logged now. One that recovers is forgotten.
    func isDue(_ check: Readiness.Check, at now: Timestamp) -> Bool {
        logged.withLock { logged in
            let name = "\(check.name)"
            guard check.isFailing else {
                logged[name] = nil
                return false
            }
            // Also when the clock was set back, or nothing would be logged for that long.
            if let last = logged[name], last.status == check.status, last.at <= now,
                now - last.at < Self.interval
            {
                return false
            }
            logged[name] = (check.status, now)
            return true
        }
    }
}
