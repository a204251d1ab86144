/// A known request method.
///
/// The parser refuses any other token, `TRACE` and `CONNECT` with 501. Source: RFC 9110 §9.1.
public enum Method: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
    /// Never served: an echo of the request would leak its fields.
    case trace = "TRACE"
    /// Never served: this is not a proxy.
    case connect = "CONNECT"

    /// Whether the method only reads. Source: RFC 9110 §9.2.1.
    public var isSafe: Bool {
        switch self {
        case .get, .head, .options, .trace: true
        case .post, .put, .patch, .delete, .connect: false
        }
    }

    /// Whether a body is refused as malformed (H24), although RFC 9110 §9.3.1 permits one.
    var forbidsBody: Bool {
        switch self {
        case .get, .head, .delete, .options: true
        case .post, .put, .patch, .trace, .connect: false
        }
    }
}
