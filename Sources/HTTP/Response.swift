/// A response before serialisation.
///
/// `ResponseSerializer` adds `Date`, `Server`, `Content-Length`, `Connection`, `X-Request-Id` and `X-Content-Type-Options`. `fields` must
/// not contain fields that frame the message (`Content-Length`, `Connection`, …).
public struct Response: Sendable {
    public var status: Status
    /// In order. An invalid name, a framing field or a control character in a value turns the response into a 500.
    public var fields: [(name: String, value: String)] {
        didSet { rendered = nil }
    }
    /// The serialised `fields`, if they were rendered in advance.
    private(set) var rendered: [UInt8]?
    /// Dropped for HEAD, 204 and 304.
    public var body: [UInt8]
    /// Whether the connection closes after this response.
    public var closes: Bool
    /// Slug of the problem that the response states; `nil` for a success. For the log.
    public var problem: String?
    /// Server-sent events that follow the head instead of a body. The connection closes when they end.
    public var stream: EventStream?

    public init(_ status: Status, fields: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
        self.closes = false
    }

    /// Validates and serialises the fields in advance, for a cached response. Invalid fields stay unrendered, and are refused when they
    /// are written.
    public mutating func renderFields() {
        rendered = try? ResponseSerializer.lines(of: fields)
    }
}
