import HTTP
import JSON
import Model

@testable import API

/// Requests to every route, with the real rules and SQLite: any input gets exactly one response that can be sent and parsed.
///
/// An input is a request with LF line ends. The harness adds `Host`, a valid token, and the type and length of the body unless the input
/// has them. No effect of an input is kept.
enum Routes {
    private static let api: FuzzedAPI = {
        do {
            return try FuzzedAPI()
        } catch {
            fatalError("no API: \(error)")
        }
    }()

    @Sendable static func check(_ input: Bytes) {
        let wire = wire(input)
        var parser = RequestParser(ParserRules())
        var used = 0
        switch parser.advance(wire.span, &used) {
        case .needMore, .complete: return
        case .fault(let fault):
            judge(
                api.responder.refusal(
                    fault, of: RefusedRequest(id: "x", remoteAddress: "127.0.0.1", method: nil)), of: wire)
        case .head(let head):
            switch api.responder.admit(head) {
            case .refuse(let response): judge(response, of: wire)
            case .proceed(let bytesMax, let ticket):
                if let fault = parser.admit(bodyBytesMax: bytesMax) {
                    return judge(
                        api.responder.refusal(
                            fault, of: RefusedRequest(id: "x", remoteAddress: "127.0.0.1", method: nil)),
                        of: wire)
                }
                guard case .complete(let body) = parser.advance(wire.span, &used) else { return }
                judge(api.answer(Request(head, body: body), ticket), of: wire)
            }
        }
    }

    private static func wire(_ input: Bytes) -> [UInt8] {
        let end = zip(input.indices, input.indices.dropFirst()).first {
            input[$0] == 0x0A && input[$1] == 0x0A
        }
        let head = input[..<(end?.0 ?? input.endIndex)].split(
            separator: 0x0A, omittingEmptySubsequences: false)
        let body = Array(end.map { input[($0.1 + 1)...] } ?? input[input.endIndex...])
        let names = head.dropFirst().map { text($0.prefix { $0 != 0x3A }).lowercased() }
        var wire = (head.first.map { Array($0) } ?? []) + Array(" HTTP/1.1\r\n".utf8)
        for line in head.dropFirst() { wire += Array(line) + [0x0D, 0x0A] }
        func add(_ name: String, _ value: String) {
            if !names.contains(name) { wire += Array("\(name): \(value)\r\n".utf8) }
        }
        add("host", "x")
        add("authorization", "Bearer \(api.secret)")
        if !body.isEmpty {
            add("content-type", "application/json")
            if !names.contains("transfer-encoding") { add("content-length", "\(body.count)") }
        }
        return wire + [0x0D, 0x0A] + body
    }

    private static func judge(_ response: Response, of wire: [UInt8]) {
        let status = response.status.code
        demand(status < 500 || status == 501 || status == 505, "\(status): \(text(response.body))")
        var bytes: [UInt8] = []
        do {
            try ResponseSerializer(server: "x", secondsSinceEpoch: 0).write(
                response, id: "x", isHead: false, persistence: .open, into: &bytes)
        } catch {
            demand(false, "the answer cannot be sent: \(error.name)")
        }
        let type = response.fields.first { $0.name == "Content-Type" }?.value ?? ""
        guard type.hasPrefix("application/") else { return }
        let value = try? JSONReader.read(response.body, limits: .stored)
        guard case .object(let object)? = value else {
            return demand(false, "the answer is no JSON: \(text(response.body))")
        }
        guard status >= 400 else { return }
        guard case .string(let kind)? = object["type"], case .string(let detail)? = object["detail"] else {
            return demand(false, "no problem document: \(text(response.body))")
        }
        demand(
            ProblemType.all.contains { $0.slug == kind.dropFirst(10) } && !detail.isEmpty,
            "an unknown problem: \(kind)")
    }
}
