import Glibc
import Synchronization
import TestSupport
import Testing
import Threads

extension Binary {
    /// The end that was asked for. Source: faults.md, F20.
    @Suite(.serialized) struct StopTests {
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat()
            try service.start()
        }

        @Test func `a request whose body is on its way is answered before the end`() throws {
            let caller = try service.caller()
            let body = #"{"title": "late", "severity": "minor"}"#
            let connection = try #require(PlainConnection(port: caller.port))
            defer { connection.close() }
            #expect(connection.write(caller.head("POST", "/v1/incidents", body.utf8.count) + body.prefix(10)))
            let idle = try #require(PlainConnection(port: caller.port))
            defer { idle.close() }
            // Answered after what was sent before on the same loop, so that the signal comes in the middle of the request.
            #expect(caller.get("/healthz")?.status == 200)
            service.child?.signal(SIGTERM)
            try #require(service.child?.errors.line { $0.contains("service.stopping") } != nil)
            #expect(connection.write(String(body.dropFirst(10))))
            let answer = try #require(connection.answer(), "\(service.log)")
            #expect(answer.status == 201)
            #expect(service.child?.wait() == .exited(0))
            #expect(service.log.contains("service.stopped"))

            try service.start()
            #expect(try service.caller().get("/v1/incidents/INC-1")?.json?["title"]?.text == "late")
        }

        @Test func `a write that waits for the store is answered before the end`() throws {
            let caller = try service.caller()
            let locker = try Python.lock(service.database)
            let body = #"{"title": "waits", "severity": "minor"}"#
            let connection = try #require(PlainConnection(port: caller.port))
            defer { connection.close() }
            #expect(connection.write(caller.head("POST", "/v1/incidents", body.utf8.count) + body))
            // Answered after what was sent before on the same loop.
            #expect(caller.get("/healthz")?.status == 200)
            service.child?.signal(SIGTERM)
            try #require(service.child?.errors.line { $0.contains("service.stopping") } != nil)
            locker.closeInput()
            let answer = try #require(connection.answer(), "\(service.log)")
            // 503 when this machine took longer than the store's timeout of 2 s: it is an answer too.
            #expect([201, 503].contains(answer.status), "\(answer.text)")
            #expect(service.child?.wait() == .exited(0))
        }

        @Test func `a second signal ends it at once`() throws {
            let caller = try service.caller()
            let connection = try #require(PlainConnection(port: caller.port))
            defer { connection.close() }
            // Half a request keeps the drain waiting.
            #expect(connection.write(caller.head("POST", "/v1/incidents", 100) + "{"))
            #expect(caller.get("/healthz")?.status == 200)
            let child = try #require(service.child)
            child.signal(SIGTERM)
            try #require(child.errors.line { $0.contains("service.stopping") } != nil)
            #expect(child.ending == nil)
            child.signal(SIGTERM)
            let ending = try #require(child.wait(within: .seconds(2)), "it waits for the drain")
            #expect(ending == .exited(1))
            try service.start()
            #expect(try service.caller().get("/readyz")?.status == 200)
        }

        @Test func `SIGINT ends it in order too`() throws {
            let child = try #require(service.child)
            child.signal(SIGINT)
            #expect(child.wait() == .exited(0))
        }

        @Test func `requests under load are all answered while it ends`() throws {
            let caller = try service.caller()
            let incident = try service.declare()
            let seen = Mutex<[Int: Int]>([:])
            let threads = (0..<4).map { _ in
                WorkerThread(name: "load") {
                    // nil: no one listens any more. A connection that was accepted must get its answer.
                    while let answer = caller.post("/v1/incidents/\(incident)/timeline", #"{"text": "x"}"#) {
                        seen.withLock { $0[answer.status, default: 0] += 1 }
                    }
                }
            }
            for thread in threads { thread.start() }
            try #require(becomes { seen.withLock { $0[201, default: 0] } > 20 })
            #expect(try service.stop() == .exited(0))
            for thread in threads { #expect(thread.join(within: Deadline.usual)) }
            let counts = seen.withLock { $0 }
            #expect(counts.keys.allSatisfy { $0 == 201 }, "\(counts)")
            try service.start()
            let read = try service.caller().get(
                "/v1/incidents/\(incident)/timeline?limit=9&after=\(counts[201] ?? 0)")
            // The declaration and each acknowledged note: the last seq is one more than their number.
            #expect(read?.json?["items"]?.items?.count == 1, "\(counts)")
        }
    }
}
