/// The type of an event that leaves the service: `incident.severity_raised` (api.md, "Around it"). Declared beside the kind that causes it.
public struct EventType: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public let retryClass: RetryClass
    /// One line for the API's documentation.
    public let summary: String

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
    /// That of entries which no webhook and no stream is told about.
    public static let unannounced = EventType("", .record, "")
    /// What a test of a webhook sends.
    public static let webhookTest = EventType("endpoint.test", .nag, "A test of the webhook")

    /// Whether a pattern takes in a type: segments between dots, where `*` stands for one or more of them.
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

/// The three manners of retrying (api.md, "Around it").
public enum RetryClass: String, CaseIterable, Sendable {
    /// Worthless after the next nag; waits for nothing.
    case nag
    /// What happened to an incident; a day.
    case status
    /// The timeline; three days.
    case record
}
