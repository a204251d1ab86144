/// An answer, before it is bytes.
///
/// `ResponseSerializer` adds `Date`, `Server`, `Content-Length`, `Connection`, `X-Request-Id` and
/// `X-Content-Type-Options`; fields must not name what frames the message (`Content-Length`, `Connection`, …).
public struct Response: Sendable {
    /// The status.
    public var status: Status
    /// The fields in order. A name that is no token, or a control character in a value, turns the answer into a 500.
    public var fields: [(name: String, value: String)] {
        didSet { rendered = nil }
    }
    /// The lines of `fields`, when they were rendered ahead.
    private(set) var rendered: [UInt8]?
    /// The body; it is dropped for HEAD, 204 and 304.
    public var body: [UInt8]
    /// Whether the connection closes after this answer.
    public var closes: Bool
    /// The events that follow the head instead of a body. The connection closes when they end.
    public var stream: EventStream?

    /// An answer that leaves the connection open.
    public init(_ status: Status, fields: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
        self.closes = false
    }

    /// Checks the fields and renders them ahead, for an answer that is kept and given again and again. What cannot be sent stays
    /// unrendered, and is refused when it is written.
    public mutating func renderFields() {
        rendered = try? ResponseSerializer.lines(of: fields)
    }
}
