import HTTP
import JSON
import Model
import Time

/// A refused request, as the response shows it (RFC 9457; api.md, "Conventions").
public struct Problem: Error, Sendable {
    /// A suggested next call, with the path of its row.
    struct Link: Sendable {
        var operation: String
        var method: String
        var href: String
        var detail: String
        var body: SuggestedBody?
    }

    let type: ProblemType
    private(set) var detail: String
    public var flaws: [Refusal.Flaw] = []
    /// Suggested next calls. `RouteResponder.response` resolves them to paths.
    var links: [Refusal.Link] = []
    /// The stream that the links are about.
    var stream: StreamID?
    /// The current value, as encoded JSON.
    var current: [UInt8]?
    var allowed: [String] = []
    /// The path of the request, if no route has it.
    var unknownPath: String?
    var fields: [(name: String, value: String)] = []

    public init(_ type: ProblemType, _ detail: String, retryAfterSeconds: Int? = nil) {
        self.type = type
        self.detail = detail
        if let retryAfterSeconds { fields = [("Retry-After", String(retryAfterSeconds))] }
    }

    public static func validation(_ flaws: [Refusal.Flaw]) -> Problem {
        Problem(Refusal.invalid(flaws))
    }

    public static func parameter(_ name: String, _ detail: String) -> Problem {
        Problem(.invalidParameter, "\(name): \(detail)")
    }

    /// No route has the path.
    static func unknownPath(_ path: String, advice: String) -> Problem {
        var problem = Problem(.notFound, "Nothing exists at this path. \(advice)")
        problem.unknownPath = path
        return problem
    }

    /// A cursor that no page has issued.
    public static var unknownCursor: Problem {
        .parameter("after", "must be the value of \"next\" on the previous page.")
    }

    /// The same problem, with more sentences at the end of its detail.
    public func continued(_ sentences: String) -> Problem {
        var problem = self
        problem.detail += " " + sentences
        return problem
    }

    /// The status code.
    public var status: Int { type.status }

    func response(id: String, links: [Link] = []) -> Response {
        return Problem.render(
            status: Status(type.status), slug: type.slug, title: type.title, id: id, fields: fields
        ) { writer in
            writer.member("detail", detail)
            writeFlaws(to: &writer)
            Problem.write(links, to: &writer)
            if let current { writer.member("current", raw: current) }
            if !allowed.isEmpty { writer.member("allowed", allowed) }
            if let unknownPath { writer.member("unknown_path", unknownPath) }
        }
    }

    /// An error found by the server before routing.
    static func response(_ fault: HTTPError, id: String) -> Response {
        let title = ProblemType.ofRouting.first(where: { $0.slug == fault.slug })?.title ?? "Refused"
        var fields: [(name: String, value: String)] = []
        var advice = ""
        switch fault.status.code {
        case 429, 503: fields.append(("Retry-After", "1"))
        case 415:
            fields.append(("Accept", "application/json"))
            advice = " curl --json '…' sends it correctly."
        default: break
        }
        return render(status: fault.status, slug: fault.slug, title: title, id: id, fields: fields) {
            writer in
            let clause = fault.clause.isEmpty ? "" : " (\(fault.clause))"
            writer.member("detail", fault.detail + advice + clause)
        }
    }

    private static func render(
        status: Status, slug: String, title: String, id: String, fields: [(name: String, value: String)],
        _ rest: (inout JSONWriter) -> Void
    ) -> Response {
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        writer.member("type", "/problems/\(slug)")
        writer.member("title", title)
        writer.member("status", status.code)
        rest(&writer)
        writer.member("request_id", id)
        writer.endObject()
        let own: [(name: String, value: String)] = [
            ("Content-Type", "application/problem+json"), ("Cache-Control", "no-store"),
        ]
        var response = Response(status, fields: own + fields, body: writer.bytes)
        response.problem = slug
        // The next request on the connection would be refused too.
        response.closes = status == .unauthorized
        return response
    }

    fileprivate func writeFlaws(to writer: inout JSONWriter) {
        guard !flaws.isEmpty else { return }
        writer.name("errors")
        writer.beginArray()
        for flaw in flaws {
            writer.beginObject()
            writer.member("detail", flaw.detail)
            writer.member("pointer", flaw.pointer)
            for member in flaw.members {
                writer.name(member.name)
                writer.string(member.value)
            }
            writer.endObject()
        }
        writer.endArray()
    }

    private static func write(_ links: [Link], to writer: inout JSONWriter) {
        guard !links.isEmpty else { return }
        writer.name("links")
        writer.beginArray()
        for link in links {
            writer.beginObject()
            writer.member("operation", link.operation)
            writer.member("method", link.method)
            writer.member("href", link.href)
            writer.member("detail", link.detail)
            writer.name("body")
            if let body = link.body { writer.raw(body.encoded) } else { writer.null() }
            writer.endObject()
        }
        writer.endArray()
    }
}

/// The only place that maps a refusal of rules or lane to a problem.
extension Problem {
    public init(_ refusal: Refusal) {
        self.init(
            refusal.type, refusal.detail, retryAfterSeconds: refusal.retryAfter.map { Int($0.wholeSeconds) })
        switch refusal.current {
        case nil: break
        case .text(let text)?: current = JSONValue.string(text).encoded()
        case .seqs(let seqs)?:
            let value = JSONValue.array(seqs.map { .integer(Int64($0)) })
            current = JSONValue.object(JSONObject([.init(name: "seqs", value: value)])).encoded()
        case .moment(let name, let moment)?:
            let value = moment.map { JSONValue.string($0.rfc3339) } ?? .null
            current = JSONValue.object(JSONObject([.init(name: name, value: value)])).encoded()
        case .version(let version)?: setTag(ETags.tag(version))
        case .object(let bytes)?: setTag(ETags.body(bytes))
        case .shown(let bytes)?: current = bytes
        }
        allowed = refusal.allowed
        flaws = refusal.flaws
        links = refusal.links
        stream = refusal.stream
        if refusal.type == .unauthorized { setChallenge(error: "invalid_token") }
    }

    /// RFC 6750 §3: what the client must send.
    mutating func setChallenge(error: String?) {
        let challenge = "Bearer realm=\"drumbeat\"" + (error.map { ", error=\"\($0)\"" } ?? "")
        fields.append(("WWW-Authenticate", challenge))
    }

    private mutating func setTag(_ tag: String) {
        current = JSONValue.string(tag).encoded()
        fields.append(("ETag", tag))
    }
}

extension JSONWriter {
    /// Writes a problem inside a response, without links, into the open object.
    public mutating func members(of problem: Problem, id: String) {
        member("type", "/problems/\(problem.type.slug)")
        member("title", problem.type.title)
        member("status", problem.type.status)
        member("detail", problem.detail)
        problem.writeFlaws(to: &self)
        member("request_id", id)
    }
}
