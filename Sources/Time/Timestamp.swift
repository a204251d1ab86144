/// A moment: whole milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
public struct Timestamp: Hashable, Comparable, Sendable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The moments that can be read back from text: 2000-01-01T00:00:00Z up to, not including, 2101-01-01T00:00:00Z.
    static let accepted: Range<Int64> = 946_684_800_000..<4_133_980_800_000

    /// Whether a clock may say so: a deadline up to 60 days later can still be read back. The longest interval between updates is 28 days.
    public var isCredible: Bool {
        Timestamp.accepted.contains(milliseconds)
            && Timestamp.accepted.contains(milliseconds + 60 * 86_400_000)
    }

    /// Fractions of a millisecond are dropped.
    public static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds + duration.wholeMilliseconds)
    }

    /// Fractions of a millisecond are dropped.
    public static func - (moment: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds - duration.wholeMilliseconds)
    }

    /// Negative when `later` is the earlier one.
    public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .milliseconds(later.milliseconds - earlier.milliseconds)
    }
}

extension Duration {
    /// Rounded towards zero.
    public var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }

    /// Rounded towards zero.
    public var wholeSeconds: Int64 {
        components.seconds
    }
    /// Longer waits than ten years are cut, as Dispatch's times overflow after 146.
    private static let longestWait = Duration.seconds(10 * 365 * 86_400)

    /// Whole nanoseconds to wait: never negative, at most ten years.
    public var nanosecondsToWait: Int {
        let (seconds, attoseconds) = min(max(self, .zero), Self.longestWait).components
        return Int(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
