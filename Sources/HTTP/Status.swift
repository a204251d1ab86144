/// A status code. Source: RFC 9110 §15.
public struct Status: Hashable, Sendable {
    /// 100…599.
    public let code: Int

    /// A code outside 100…599 is a programming error.
    public init(_ code: Int) {
        precondition((100...599).contains(code), "no such status code")
        self.code = code
    }

    /// Whether a response with this status never has a body. Source: RFC 9112 §6.3.
    public var forbidsBody: Bool { code < 200 || code == 204 || code == 304 }

    /// The reason phrase; empty for a code without a registered one.
    public var reason: String {
        switch code {
        case 100: "Continue"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 303: "See Other"
        case 304: "Not Modified"
        case 400...499: clientReason
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: ""
        }
    }

    private var clientReason: String {
        switch code {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 423: "Locked"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        default: ""
        }
    }
}

extension Status {
    public static let ok = Status(200)
    /// 201: `Location` names the new resource.
    public static let created = Status(201)
    /// 202: accepted, not done yet.
    public static let accepted = Status(202)
    public static let noContent = Status(204)
    /// 303: `Location` names the resource to GET.
    public static let seeOther = Status(303)
    /// 304: the client's copy is current.
    public static let notModified = Status(304)
    public static let badRequest = Status(400)
    /// 401: no valid credentials.
    public static let unauthorized = Status(401)
    /// 403: valid credentials that do not reach that far.
    public static let forbidden = Status(403)
    public static let notFound = Status(404)
    /// 405: `Allow` lists the accepted methods.
    public static let methodNotAllowed = Status(405)
    /// 406: no representation that the client accepts.
    public static let notAcceptable = Status(406)
    /// 408: the request took too long to arrive.
    public static let requestTimeout = Status(408)
    /// 409: refused in the current state.
    public static let conflict = Status(409)
    /// 410: existed, and will not come back.
    public static let gone = Status(410)
    /// 412: `If-Match` failed.
    public static let preconditionFailed = Status(412)
    /// 413: the body is too large.
    public static let contentTooLarge = Status(413)
    /// 414: the request line is too long.
    public static let uriTooLong = Status(414)
    /// 415: unsupported content type or coding.
    public static let unsupportedMediaType = Status(415)
    /// 417: an expectation other than `100-continue`.
    public static let expectationFailed = Status(417)
    /// 421: a `Host` this service does not accept.
    public static let misdirectedRequest = Status(421)
    /// 422: well formed, but with invalid values.
    public static let unprocessableContent = Status(422)
    /// 423: deploys are frozen.
    public static let locked = Status(423)
    /// 429: rate limit exceeded; see `Retry-After`.
    public static let tooManyRequests = Status(429)
    /// 431: the header fields are too large.
    public static let requestHeaderFieldsTooLarge = Status(431)
    /// 500: a bug of this service.
    public static let internalServerError = Status(500)
    /// 501: unknown method.
    public static let notImplemented = Status(501)
    /// 503: overloaded, or the store is unavailable; see `Retry-After`.
    public static let serviceUnavailable = Status(503)
    /// 504: a write was handed to the store, and its outcome is unknown.
    public static let gatewayTimeout = Status(504)
    /// 505: a version other than HTTP/1.0 and HTTP/1.1.
    public static let httpVersionNotSupported = Status(505)
}
