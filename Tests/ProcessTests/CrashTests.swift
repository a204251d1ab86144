import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// Ends that no one asked for, at moments that a clock does not hit. Source: faults.md, F2 and F19.
    @Suite(.serialized) struct CrashTests {
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat()
        }

        private func post(_ caller: Caller, _ key: String) -> ClientResponse? {
            caller.post("/v1/incidents/INC-1/timeline", #"{"text": "\#(key)"}"#, key: key)
        }

        private func timeline() throws -> [String] {
            var texts: [String] = []
            while true {
                let page = try #require(
                    try service.caller().get("/v1/incidents/INC-1/timeline?limit=200&after=\(texts.count)")?
                        .json?["items"]?.items)
                if page.isEmpty { return texts }
                texts += page.map { $0["text"]?.text ?? "" }
            }
        }

        @Test(.timeLimit(.minutes(2)), arguments: ["pwrite64", "fdatasync", "sendto"])
        func `a kill at any system call of a write loses nothing acknowledged and stores nothing twice`(
            call: String
        ) throws {
            try service.start()
            _ = try service.declare()
            #expect(try service.stop() == .exited(0))
            var acknowledged: [String: String] = [:]
            var kills = 0
            for number in 1...6 {
                let child = try Child(
                    [
                        "strace", "-D", "-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
                        "inject=\(call):signal=KILL:when=\(number)", Binary.path, "serve",
                    ], in: service.folder.path, service.settings)
                defer { child.end() }
                // `nil` when it is killed while it starts.
                let line = child.errors.line { $0.contains("service.started") }
                let address = try line.map { try JSONReader.read(Array($0.utf8)) }?["address"]?.text
                var asked: [String] = []
                if let address {
                    let token = try service.caller().token
                    let caller = try #require(Caller(address, token: token))
                    for turn in 1...6 {
                        asked.append("\(call)-\(number)-\(turn)")
                        guard let answer = post(caller, asked[turn - 1]) else { break }
                        #expect(answer.status == 201, "\(answer.text)")
                        acknowledged[asked[turn - 1]] = answer.json?["id"]?.text
                    }
                }
                if child.ending == nil { child.signal(SIGTERM) }
                let ending = try #require(child.wait())
                if ending == .killed(by: SIGKILL) { kills += 1 }
                try service.start()
                let caller = try service.caller()
                for key in asked {
                    let answer = try #require(post(caller, key))
                    #expect(answer.status == 201, "\(answer.text)")
                    let id = answer.json?["id"]?.text
                    #expect(acknowledged[key] == nil || acknowledged[key] == id, "\(key)")
                    acknowledged[key] = id
                }
                #expect(try service.stop() == .exited(0))
            }
            #expect(kills > 2, "\(kills) kills: is ptrace permitted here?")
            try service.start()
            let texts = try timeline()
            #expect(Set(texts).count == texts.count, "twice: \(texts)")
            #expect(Set(texts.dropFirst()) == Set(acknowledged.keys))
            #expect(try service.stop() == .exited(0))
            #expect(try service.command("verify").ending == .exited(0))
        }

        @Test func `without memory it ends, and what was acknowledged is there afterwards`() throws {
            try service.start()
            _ = try service.declare()
            let caller = try service.caller()
            var acknowledged: [String] = []
            for number in 1...20 where post(caller, "before-\(number)")?.status == 201 {
                acknowledged.append("before-\(number)")
            }
            #expect(acknowledged.count == 20)
            let child = try #require(service.child)
            // All it has to write in, and 16 MiB. Address space would be the wrong measure: of that the allocator holds plenty in reserve.
            let pages = try #require(
                text(of: "/proc/\(child.pid)/statm").split(separator: " ").dropFirst(5).first.flatMap {
                    Int($0)
                })
            let limit = pages * Int(sysconf(Int32(_SC_PAGESIZE))) + 16 << 20
            let limited = try Child.run(["prlimit", "--pid", "\(child.pid)", "--data=\(limit):"], in: "/")
            #expect(limited.ending == .exited(0), "\(limited.errors)")
            // Bodies that are nearly there are what a client can make it keep.
            let body = String(repeating: " ", count: 200_000)
            var connections: [PlainConnection] = []
            for _ in 0..<200 where child.ending == nil {
                guard let connection = PlainConnection(port: caller.port) else { break }
                connections.append(connection)
                let head = caller.head("POST", "/v1/incidents/INC-1/timeline", 200_001)
                guard connection.write(head + body) else { break }
            }
            let ending = try #require(child.wait(), "it has found memory: \(service.log.suffix(500))")
            for connection in connections { connection.close() }
            guard case .killed = ending else {
                Issue.record("\(ending): \(service.log.suffix(500))")
                return
            }
            try service.start()
            let texts = try timeline()
            #expect(Array(texts.dropFirst()) == acknowledged)
            #expect(post(try service.caller(), "before-1")?.field("idempotency-replayed") == "true")
            #expect(try service.stop() == .exited(0))
            #expect(try service.command("verify").ending == .exited(0))
        }
    }
}
