import Addresses

/// The origins whose pages may call, with a bearer token and never with cookies (Fetch standard, "CORS protocol"; api.md, "Conventions").
///
/// Part of the server, not of the application, because every response needs the fields: also what the server refuses by itself.
public struct CrossOrigins: Sendable {
    /// Longest origin that is compared, and most origins.
    private static let bytesMax = 300
    private static let countMax = 50
    /// How long a browser may keep the answer to a preflight.
    private static let preflightSeconds = 600
    private static let methods = "GET, HEAD, POST, PUT, PATCH, DELETE"
    /// Request fields that a page may send.
    private static let allowed =
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID"
    /// Response fields that a page may read.
    private static let exposed =
        "Date, ETag, Link, Location, Retry-After, X-Request-Id, Idempotency-Replayed, Drumbeat-Stale-Seconds"

    private let origins: [String]

    /// Origins as a browser sends them: `https://dashboard.example`, with the port unless it is the scheme's own. `nil` when one is not.
    public init?(_ origins: [String]) {
        guard (1...CrossOrigins.countMax).contains(origins.count), origins.allSatisfy(CrossOrigins.isOrigin)
        else { return nil }
        self.origins = origins
    }

    private static func isOrigin(_ text: String) -> Bool {
        for (scheme, port) in [("https://", ":443"), ("http://", ":80")] where text.hasPrefix(scheme) {
            let host = Array(text.utf8.dropFirst(scheme.utf8.count))
            // Browsers send lower case, and no default port: another spelling would never match.
            return host.count <= bytesMax && !host.contains { (0x41...0x5A).contains($0) || $0 >= 0x80 }
                && !text.hasSuffix(port) && Authority.hostEnd(host.span, 0..<host.count) != nil
        }
        return false
    }

    /// The response to a preflight from one of the origins, which has no token yet; `nil` for any other request.
    public func preflight(_ head: Head) -> Response? {
        guard head.method == .options, origin(of: head) != nil,
            head.fields.bytes("access-control-request-method") != nil
        else { return nil }
        return Response(
            .noContent,
            fields: [
                ("Access-Control-Allow-Methods", CrossOrigins.methods),
                ("Access-Control-Allow-Headers", CrossOrigins.allowed),
                ("Access-Control-Max-Age", String(CrossOrigins.preflightSeconds)),
            ])
    }

    /// The response with the fields that let a page of one of the origins read it. `head` is `nil` when the request has none that could be
    /// read.
    public func marked(_ response: Response, for head: Head?) -> Response {
        var response = response
        if let index = response.fields.firstIndex(where: { $0.name == "Vary" }) {
            response.fields[index].value += ", Origin"
        } else {
            response.fields.append(("Vary", "Origin"))
        }
        guard let origin = head.flatMap(origin) else { return response }
        response.fields.append(("Access-Control-Allow-Origin", origin))
        response.fields.append(("Access-Control-Expose-Headers", CrossOrigins.exposed))
        return response
    }

    /// The origin of a request, if it is one of these.
    private func origin(of head: Head) -> String? {
        guard let given = head.fields.bytes("origin"), given.count <= CrossOrigins.bytesMax + 8 else {
            return nil
        }
        return origins.first { given.elementsEqual($0.utf8) }
    }
}
