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
        let late = Mutex<Int64>(0)
        let pool = WorkerPool(name: "one", threads: 1, waitingMax: 8)
        let api = try TestAPI { services in
            services.routing.readers = pool
            services.routing.handlerTimeout = .seconds(10)
            services.routing.monotonicNanoseconds = { late.withLock { $0 } }
        }
        try api.declareAround()
        let done = Box<Response>()
        late.withLock { $0 = 10_000_000_001 }
        try api.send(.get, "/v1/incidents/INC-1/status-updates") { done.put($0) }
        let passed = Signal()
        #expect(pool.submit { passed.send() })
        #expect(passed.wait())
        late.withLock { $0 = 10_000_000_000 }
        #expect(try api.ask(.get, "/v1/incidents/INC-1/status-updates").status == 200)
        #expect(done.count == 0)
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
