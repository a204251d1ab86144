import Hummingbird

/// Hummingbird 2 with what a read of ours costs a server at the least: a route, one answer held in memory, an entity tag.
///
/// Arguments: the port on 127.0.0.1, and the answer's body. There is no token to check, so the comparison favours it.
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
