import Glibc
import JSON
import Testing

extension Binary {
    /// Streams of the real service: over kills, restarts and revocations, each event once and in order.
    @Suite(.serialized) struct StreamTests {
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat()
            try service.start()
        }

        /// A client that listens: `ids` are those of the events it got so far.
        private struct Listener {
            let connection: PlainConnection
            let reader: LineReader

            init(_ caller: Caller, _ path: String, after id: Int? = nil) throws {
                connection = try #require(PlainConnection(port: caller.port))
                let token = try #require(caller.token)
                let last = id.map { "Last-Event-ID: \($0)\r\n" } ?? ""
                try #require(
                    connection.write(
                        "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(caller.port)\r\nAuthorization: Bearer \(token)\r\n\(last)\r\n"
                    ))
                reader = LineReader(connection)
                try #require(reader.next() == "HTTP/1.1 200 OK")
                try #require(reader.next { $0.hasPrefix("retry: ") } != nil)
                if id == nil { try #require(reader.next { $0.hasPrefix("id: ") } != nil) }
            }

            /// The ids of the next so many events.
            func ids(_ count: Int) throws -> [Int] {
                try (0..<count).map { _ in
                    let line = try #require(reader.next { $0.hasPrefix("id: ") })
                    return try #require(Int(line.dropFirst(4)))
                }
            }
        }

        private func note(_ ref: String, _ text: String) throws {
            let answer = try service.caller().post("/v1/incidents/\(ref)/timeline", "{\"text\": \"\(text)\"}")
            try #require(answer?.status == 201, "\(service.log)")
        }

        @Test func `an event arrives, and after a kill the listener comes back to what it missed`() throws {
            let ref = try service.declare()
            var all = try Listener(service.caller(), "/v1/events")
            var one = try Listener(service.caller(), "/v1/incidents/\(ref)/events")
            for index in 2...4 { try note(ref, "\(index)") }
            #expect(try all.ids(3) == [2, 3, 4])
            #expect(try one.ids(3) == [2, 3, 4])
            all.connection.close()
            one.connection.close()
            try note(ref, "missed")
            service.kill()
            try service.start()
            try note(ref, "missed too")
            // What was before the start is read from the store beside the first requests.
            try #require(service.child?.errors.line { $0.contains("stream.tail_ready") } != nil)
            all = try Listener(service.caller(), "/v1/events", after: 4)
            one = try Listener(service.caller(), "/v1/incidents/\(ref)/events", after: 4)
            try note(ref, "live")
            #expect(try all.ids(3) == [5, 6, 7])
            #expect(try one.ids(3) == [5, 6, 7])
        }

        @Test func `at its end the service bids farewell, and ends all the same`() throws {
            let listener = try Listener(service.caller(), "/v1/events")
            service.child?.signal(SIGTERM)
            #expect(listener.reader.next { $0.hasPrefix("retry: ") } != nil)
            #expect(listener.reader.next { $0 == "event: bye" } != nil)
            #expect(listener.reader.next { $0 == "0" } != nil, "the last chunk")
            #expect(service.child?.wait() == .exited(0))
        }

        @Test func `a revoked token's stream ends within five seconds, and no other`() throws {
            let made = try service.caller().post("/v1/tokens", #"{"name": "bot", "scope": "read"}"#)
            let secret = try #require(made?.json?["token"]?.text)
            let id = try #require(made?.json?["id"]?.text)
            let other = try Listener(service.caller(), "/v1/events")
            let listener = try Listener(try #require(Caller(service.address, token: secret)), "/v1/events")
            #expect(try service.caller().send("DELETE", "/v1/tokens/\(id)")?.status == 204)
            let began = ContinuousClock.now
            #expect(listener.reader.next { $0 == "0" } != nil, "the last chunk")
            #expect(ContinuousClock.now - began < .seconds(5))
            let ref = try service.declare()
            #expect(ref == "INC-1")
            #expect(try other.ids(1) == [1])
        }
    }
}
