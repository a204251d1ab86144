/// A request method this service knows by name.
///
/// Any other token, and `TRACE` and `CONNECT`, are answered 501 by the parser. Source: RFC 9110 §9.1.
public enum Method: String, Sendable, CaseIterable {
    /// Reads a representation.
    case get = "GET"
    /// Reads what a GET would answer, without its body.
    case head = "HEAD"
    /// Adds, or asks for an action.
    case post = "POST"
    /// Replaces.
    case put = "PUT"
    /// Changes in part.
    case patch = "PATCH"
    /// Removes.
    case delete = "DELETE"
    /// Asks what is allowed.
    case options = "OPTIONS"
    /// Never served: an echo of the request would leak its fields.
    case trace = "TRACE"
    /// Never served: this is no proxy.
    case connect = "CONNECT"

    /// Whether it only reads. Source: RFC 9110 §9.2.1.
    public var isSafe: Bool {
        switch self {
        case .get, .head, .options, .trace: true
        case .post, .put, .patch, .delete, .connect: false
        }
    }

    /// Whether a body makes the request malformed here (H24), although RFC 9110 §9.3.1 would let it be.
    var forbidsBody: Bool {
        switch self {
        case .get, .head, .delete, .options: true
        case .post, .put, .patch, .trace, .connect: false
        }
    }
}
