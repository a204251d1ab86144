import Dispatch
import HTTP
import Journal
import Model
import ServiceSupport
import Synchronization
import TestSupport
import Testing
import Threads

@testable import Engine
@testable import Routing

/// Reads: what is urgent among them, and what is decided again when a thread is free.
struct ReaderShareTests {
    @Test func `publishing by template is not refused where publishing by text is not`() throws {
        let api = try TestAPI { $0.routing.tokenLimiter = TokenLimiter(inFlightMax: 0) }
        try api.declareAround()
        let path = "/v1/incidents/INC-1/status-updates"
        #expect(try api.ask(.post, path, #"{"text": "We are on it."}"#).status == 201)
        #expect(try api.ask(.post, path, #"{"template": "nothing_new", "force": true}"#).status == 201)
        #expect(try api.ask(.get, "\(path)/draft").status == 200)
        #expect(try api.ask(.get, path).slug == "overloaded")
    }

    @Test func `a read whose client was told that it took too long is dropped`() throws {
        let (begun, go) = (Signal(), DispatchSemaphore(value: 0))
        let pool = WorkerPool(name: "one", threads: 1, waitingMax: 8)
        let api = try TestAPI { $0.routing.readers = pool }
        try api.declareAround()
        #expect(
            pool.submit {
                begun.send()
                go.wait()
            })
        #expect(begun.wait())
        let request = try api.request(
            .get, "/v1/incidents/INC-1/status-updates", nil, token: .admin, [:], id: "late")
        guard case .proceed(_, let ticket) = api.responder.admit(request.head) else {
            Issue.record("It was refused")
            return
        }
        let done = Box<Response>()
        api.responder.respond(to: request, ticket: ticket) { done.put($0) }
        _ = api.responder.expire(ticket: ticket)
        go.signal()
        let passed = Signal()
        #expect(pool.submit { passed.send() })
        #expect(passed.wait())
        #expect(done.count == 0)
    }

    @Test func `a batch is written although no thread is free to show it, and a retry shows it`() throws {
        let (begun, go) = (Signal(), DispatchSemaphore(value: 0))
        let pool = WorkerPool(name: "one", threads: 1, waitingMax: 1)
        let api = try TestAPI { $0.routing.readers = pool }
        try api.declareAround()
        #expect(
            pool.submit {
                begun.send()
                go.wait()
            })
        #expect(begun.wait())
        #expect(pool.submit {})
        let path = "/v1/incidents/INC-1/timeline"
        func post() throws -> Reply {
            try api.ask(
                .post, "\(path)/batch", #"{"entries": [{"text": "a"}, {"text": "b"}]}"#,
                ["Idempotency-Key": "1"])
        }
        let first = try post()
        go.signal()
        #expect(first.status == 504 && first.slug == "outcome-unknown", "\(first.text)")
        #expect(first.string("detail")?.hasPrefix("The entries are written, ") == true, "\(first.text)")
        let passed = Signal()
        #expect(becomes { pool.submit { passed.send() } })
        #expect(passed.wait())
        let second = try post()
        #expect(second.status == 200 && second.field("Idempotency-Replayed") == "true", "\(second.text)")
        #expect(second.items("status", in: "outcomes").count == 2, "\(second.text)")
        #expect(try api.ask(.get, "\(path)?kind=note").items("text") == ["a", "b"])
    }

    @Test func `a read that waits when its token is revoked is refused`() throws {
        let (begun, go) = (Signal(), DispatchSemaphore(value: 0))
        let pool = Mutex<WorkerPool?>(nil)
        let api = try TestAPI { services in
            let one = WorkerPool(name: "one", threads: 1, waitingMax: 8)
            services.routing.readers = one
            pool.withLock { $0 = one }
        }
        try api.declareAround()
        #expect(
            pool.withLock { $0 }?.submit {
                begun.send()
                go.wait()
            } == true)
        #expect(begun.wait())
        let answer = Box<Response>()
        try api.send(.get, "/v1/incidents/INC-1/timeline", token: .read) { answer.put($0) }
        #expect(try api.ask(.delete, "/v1/tokens/tok_read").status == 204)
        go.signal()
        let response = try #require(answer.wait(within: TestAPI.limit))
        #expect(response.status == .unauthorized)
        #expect(response.fields.contains { $0.name == "WWW-Authenticate" })
    }
}

extension TestAPI {
    /// Sends a request without waiting for its response.
    fileprivate func send(
        _ method: Method, _ target: String, token: Scope = .admin,
        _ reply: @escaping @Sendable (Response) -> Void
    ) throws {
        let request = try request(method, target, token: token)
        guard case .proceed(_, let ticket) = responder.admit(request.head) else {
            throw Refusal(.internalFault, "the head was refused")
        }
        responder.respond(to: request, ticket: ticket, reply: reply)
    }
}
