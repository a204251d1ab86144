import Hummingbird

/// Hummingbird 2 with the minimum of our read: a route, one response in memory, an entity tag.
///
/// Arguments: the port on 127.0.0.1, and the response body. It checks no token, so the comparison favours it.
@main
struct Peer {
    static func main() async throws {
        guard CommandLine.arguments.count == 3, let port = Int(CommandLine.arguments[1]) else {
            print("usage: peer PORT BODY")
            return
        }
        let body = ByteBuffer(string: CommandLine.arguments[2])
        let tag = "\"peer-1\""
        let router = Router()
        router.get("/v1/incidents/:ref") { request, _ -> Response in
            if request.headers[.ifNoneMatch] == tag {
                return Response(status: .notModified, headers: [.eTag: tag])
            }
            return Response(
                status: .ok,
                headers: [.contentType: "application/json", .eTag: tag, .cacheControl: "no-cache"],
                body: ResponseBody(byteBuffer: body))
        }
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)))
        try await application.runService()
    }
}
