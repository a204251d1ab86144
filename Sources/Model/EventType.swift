/// The type of an outgoing event: `incident.severity_raised` (api.md, "Around it"). Declared next to the kind that causes it.
public struct EventType: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public let retryClass: RetryClass
    /// One line for the API's documentation.
    public let summary: String

    /// Whether it is delivered about a confidential incident: those who are asked must hear it, and nothing else leaves the service.
    public var leavesConfidential: Bool { retryClass == .nag }

    public init(_ rawValue: String, _ retryClass: RetryClass, _ summary: String) {
        self.rawValue = rawValue
        self.retryClass = retryClass
        self.summary = summary
    }

    public var description: String { rawValue }

    public static func == (left: EventType, right: EventType) -> Bool { left.rawValue == right.rawValue }
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }

    /// The event of entries without a type of their own.
    public static let entryAdded = EventType(
        "timeline.entry_added", .record, "An entry was added that has no event type of its own")
    /// For entries that are not sent to webhooks or streams.
    public static let unannounced = EventType("", .record, "")
    /// The event of a webhook test.
    public static let webhookTest = EventType("endpoint.test", .nag, "A test of the webhook")

    /// Whether a pattern matches a type: segments between dots, where `*` matches one or more of them.
    public static func matches(pattern: String, _ type: String) -> Bool {
        matches(
            pattern.split(separator: ".", omittingEmptySubsequences: false)[...],
            type.split(separator: ".", omittingEmptySubsequences: false)[...])
    }

    private static func matches(_ pattern: ArraySlice<Substring>, _ type: ArraySlice<Substring>) -> Bool {
        guard let first = pattern.first else { return type.isEmpty }
        guard let segment = type.first else { return false }
        if first == "*" {
            return matches(pattern.dropFirst(), type.dropFirst()) || matches(pattern, type.dropFirst())
        }
        return first == segment && matches(pattern.dropFirst(), type.dropFirst())
    }
}

/// The retry policies (api.md, "Around it").
public enum RetryClass: String, CaseIterable, Sendable {
    /// Expires with the next nag; sent in parallel.
    case nag
    /// Changes of an incident; retried for a day.
    case status
    /// Timeline entries; retried for three days.
    case record
}
