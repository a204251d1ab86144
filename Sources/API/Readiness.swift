/// Whether the service takes writes and keeps the beat, check by check, for `/readyz`.
public struct Readiness: Sendable {
    /// One thing that has to be well.
    public struct Check: Sendable {
        /// What it is called in the answer.
        public let name: StaticString
        /// How it is, in one word; `ok` when nothing is to be done.
        public let status: String
        /// Whether the service is not ready for it. What depends on others, such as receivers that are down, never is a reason.
        public let isFailing: Bool
        /// What is not well and what to do about it; `nil` when nothing is to be done.
        public let detail: String?
        /// Whole numbers to go with it, by member name.
        public let figures: [(name: StaticString, value: Int?)]

        /// A check with its outcome.
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

        /// A check that found nothing to do.
        public static func ok(_ name: StaticString, figures: [(name: StaticString, value: Int?)] = [])
            -> Check
        {
            Check(name, status: "ok", isFailing: false, detail: nil, figures: figures)
        }
    }

    /// The checks, in the order in which they are shown.
    public var checks: [Check]

    /// The outcome of those checks.
    public init(_ checks: [Check]) {
        self.checks = checks
    }

    /// Whether nothing fails.
    public var isReady: Bool { !checks.contains { $0.isFailing } }
}
