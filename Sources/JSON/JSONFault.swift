/// Why a text is not the JSON we accept, and where.
public struct JSONFault: Error, Equatable, Sendable {
    /// How many bytes come before the fault.
    public var offset: Int
    /// What is wrong, as a phrase without a capital or a full stop: "a trailing comma".
    public var reason: String

    /// A fault at `offset` bytes.
    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}
