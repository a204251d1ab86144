/// Why a text is not acceptable JSON, and where.
public struct JSONFault: Error, Equatable, Sendable {
    /// In bytes from the start.
    public var offset: Int
    /// A phrase without capital and full stop: "a trailing comma".
    public var reason: String

    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}
