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
