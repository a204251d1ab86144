/// A text that no log, error message or dump may show: a token, a password, a signing key.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    /// Keeps `value` from being shown.
    public init(_ value: String) {
        self.value = value
    }

    /// The text itself, for the one place that needs it.
    public func reveal() -> String {
        value
    }

    /// Three asterisks.
    public var description: String { "***" }

    /// Three asterisks.
    public var debugDescription: String { "***" }

    /// A mirror that shows nothing within, for `dump` and the like.
    public var customMirror: Mirror {
        Mirror(self, children: [])
    }
}
