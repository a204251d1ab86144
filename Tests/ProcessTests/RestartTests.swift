import Glibc
import JSON
import Testing

extension Binary {
    /// A restart that nobody notices. Source: faults.md, F20 and F21; sd_listen_fds(3).
    @Suite(.serialized) struct RestartTests {
        private static let clients = 12
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat()
        }

        private func started(_ lines: [String]) -> [JSONValue] {
            lines.filter { $0.contains(#""event":"service.started""#) }
                .compactMap { try? JSONReader.read(Array($0.utf8)) }
        }

        /// Every acknowledged entry stands in the timeline once.
        private func hold(_ count: SteadyLoad.Count, _ caller: Caller, _ incident: String) throws {
            #expect(count.failures.isEmpty, "\(count.failures.count): \(count.failures.prefix(5))")
            var texts: [String: Int] = [:]
            var after = 0
            while true {
                let page = try #require(
                    caller.get("/v1/incidents/\(incident)/timeline?limit=200&after=\(after)")?.json?["items"]?
                        .items)
                for item in page {
                    if let text = item["text"]?.text { texts[text, default: 0] += 1 }
                    after = max(after, item["seq"]?.number ?? 0)
                }
                if page.isEmpty { break }
            }
            #expect(count.acknowledged.count > 100)
            let wrong = count.acknowledged.filter { texts[$0] != 1 }
            #expect(
                wrong.isEmpty, "\(wrong.count) acknowledged entries are not there once: \(wrong.prefix(5))")
        }

        @Test func `fifteen restarts in place under load lose no request and close no connection`() throws {
            try service.start()
            let child = try #require(service.child)
            let incident = try service.declare()
            let load = SteadyLoad(try service.caller(), incident: incident, clients: Self.clients)
            for round in 1...15 {
                #expect(load.proceeds(by: 40), "round \(round): \(service.log)")
                child.signal(SIGUSR2)
                try #require(becomes { started(child.errors.lines).count == round + 1 }, "\(service.log)")
            }
            #expect(load.proceeds(by: 40))
            let count = load.end()
            try hold(count, try service.caller(), incident)
            #expect(count.repeated == 0, "connections were kept, so nothing had to be sent again")
            let gaps = started(child.errors.lines).compactMap {
                $0["gap_milliseconds"]?.text.flatMap { Int($0) }
            }
            #expect(gaps.count == 15)
            print("restarts in place: \(count.answered) requests answered, 0 failed, gaps of \(gaps) ms")
            #expect(child.ending == nil)
            #expect(try service.stop() == .exited(0))
        }

        @Test func `five restarts by a supervisor that holds the socket lose no request`() throws {
            let holder = try SocketHolder("listening", for: service)
            holder.child.write("start\n")
            let line = try #require(holder.child.errors.line { $0.contains(#""event":"service.started""#) })
            let first = try JSONReader.read(Array(line.utf8))
            #expect(first["socket"]?.text == "inherited")
            let token = try text(of: service.folder.file("token")).split(separator: "\n").first.map(
                String.init)
            let address = try #require(first["address"]?.text)
            let caller = try #require(Caller(address, token: token))
            let declared = caller.post("/v1/incidents", #"{"title": "held", "severity": "major"}"#)
            let incident = try #require(declared?.json?["ref"]?.text)
            let load = SteadyLoad(caller, incident: incident, clients: Self.clients)
            for round in 1...5 {
                #expect(load.proceeds(by: 40), "round \(round): \(holder.child.errors.text)")
                holder.child.write("restart\n")
                try #require(
                    becomes { holder.count("service.started") == round + 1 }, "\(holder.child.errors.text)")
            }
            #expect(load.proceeds(by: 40))
            let count = load.end()
            try hold(count, caller, incident)
            print(
                "restarts by a supervisor: \(count.answered) answered, 0 failed, \(count.repeated) sent again"
            )
            let ends = holder.child.output.lines.filter { $0.hasPrefix("ended ") }
            #expect(ends == Array(repeating: "ended 0", count: 5))
            holder.child.closeInput()
            #expect(holder.child.wait() == .exited(0))
        }

        @Test func `who connects while nobody runs waits in the supervisor's socket`() throws {
            let holder = try SocketHolder("named", for: service)
            holder.child.write("start\n")
            let line = try #require(
                holder.child.errors.line { $0.contains(#""event":"service.started""#) },
                "\(holder.child.errors.text)")
            let address = try #require(JSONReader.read(Array(line.utf8))["address"]?.text)
            let caller = try #require(Caller(address, token: nil))
            holder.child.write("stop\n")
            try #require(holder.child.output.line { $0 == "ended 0" } != nil)
            let connection = try #require(PlainConnection(port: caller.port))
            defer { connection.close() }
            #expect(connection.write(caller.head("GET", "/healthz", nil)))
            holder.child.write("start\n")
            #expect(connection.answer()?.status == 200)
            holder.child.closeInput()
        }

        @Test(arguments: [
            ("file", "is no socket"), ("datagram", "ListenStream="), ("unix", "ListenStream=127.0.0.1:8080"),
            ("bound", "Accept=no"), ("two", "FileDescriptorName=http"),
        ])
        func `a socket that cannot be used ends the start with what to do`(kind: String, advice: String)
            throws
        {
            let holder = try SocketHolder(kind, for: service)
            holder.child.write("start\nwait\n")
            #expect(holder.child.output.line { $0.hasPrefix("ended") } == "ended 78")
            #expect(holder.child.errors.text.contains(advice), "\(holder.child.errors.text)")
            holder.child.closeInput()
        }

        @Test
        func `a connection between two requests, one within a request and one that waits outlive a restart`()
            throws
        {
            try service.start()
            let child = try #require(service.child)
            let caller = try service.caller()
            let kept = try KeptConnection(caller)
            defer { kept.close() }
            #expect(try kept.ask("GET", "/v1/incidents").status == 200)
            let body = #"{"title": "late", "severity": "minor"}"#
            let busy = try #require(PlainConnection(port: caller.port))
            defer { busy.close() }
            #expect(busy.write(caller.head("POST", "/v1/incidents", body.utf8.count) + body.prefix(10)))
            #expect(caller.get("/healthz")?.status == 200)
            child.signal(SIGUSR2)
            try #require(child.errors.line { $0.contains("service.stopping") } != nil)
            try kept.send("GET", "/v1/incidents")
            let new = try #require(PlainConnection(port: caller.port))
            defer { new.close() }
            #expect(new.write(caller.head("GET", "/healthz", nil)))
            #expect(started(child.errors.lines).count == 1)
            #expect(busy.write(String(body.dropFirst(10))))
            #expect(busy.answer()?.status == 201)
            #expect(try kept.read().status == 200)
            #expect(new.answer()?.status == 200)
            // It answers before it says so.
            try #require(becomes { started(child.errors.lines).count == 2 })
            #expect(started(child.errors.lines).last?["connections"]?.number == 1)
            #expect(try service.stop() == .exited(0))
        }

        @Test func `a configuration or a binary that is not fit is refused, and the process goes on`() throws
        {
            let program = service.folder.file("program")
            try #require(symlink(Binary.path, program) == 0)
            try service.folder.write("good.conf", "DRUMBEAT_INTERVAL=15m\n")
            let configuration = try service.folder.write("drumbeat.conf", "DRUMBEAT_INTERVAL=15m\n")
            let child = try Child(
                [program, "serve", "--config", configuration], in: service.folder.path, service.settings)
            defer { child.end() }
            let line = try #require(
                child.errors.line { $0.contains("service.started") }, "\(child.errors.text)")
            let address = try #require(JSONReader.read(Array(line.utf8))["address"]?.text)
            let caller = try #require(Caller(address, token: nil))

            try service.folder.write("drumbeat.conf", "DRUMBEAT_INTERVAL=never\n")
            child.signal(SIGUSR2)
            let refused = child.errors.line { $0.contains("service.handover_refused") }
            #expect(refused?.contains("DRUMBEAT_INTERVAL=never") == true)
            #expect(caller.get("/readyz")?.status == 200)

            try service.folder.write("drumbeat.conf", "DRUMBEAT_INTERVAL=10m\n")
            #expect(unlink(program) == 0)
            child.signal(SIGUSR2)
            #expect(child.errors.line { $0.contains("cannot be run: No such file") } != nil)
            #expect(caller.get("/readyz")?.status == 200)
            #expect(!child.errors.text.contains("service.stopping"))

            try #require(symlink(Binary.path, program) == 0)
            child.signal(SIGUSR2)
            try #require(becomes { started(child.errors.lines).count == 2 }, "\(child.errors.text)")
            #expect(caller.get("/readyz")?.status == 200)
        }

        @Test func `a supervisor hears of a restart, and nothing but the sockets is passed on`() throws {
            let supervisor = try Supervisor(service.folder.file("notify"))
            service.settings["NOTIFY_SOCKET"] = service.folder.file("notify")
            try service.start()
            let child = try #require(service.child)
            #expect(supervisor.next()?.hasPrefix("READY=1") == true)
            // Some are opened by the first request.
            #expect(try service.caller().get("/readyz")?.status == 200)
            let before = TemporaryFolder.names(in: "/proc/\(child.pid)/fd").count
            for _ in 0..<3 {
                child.signal(SIGUSR2)
                #expect(supervisor.next()?.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") == true)
                #expect(supervisor.next()?.hasPrefix("READY=1") == true)
            }
            #expect(try service.caller().get("/readyz")?.status == 200)
            let names = TemporaryFolder.names(in: "/proc/\(child.pid)/fd")
            // Fewer, when the test itself was started with some that every program inherits.
            #expect(names.count <= before + 2, "\(before) descriptors, and now \(names.count)")
            #expect(try service.stop() == .exited(0))
        }

        @Test func `asked to end while it hands over, it ends`() throws {
            try service.start()
            let child = try #require(service.child)
            let caller = try service.caller()
            let busy = try #require(PlainConnection(port: caller.port))
            defer { busy.close() }
            #expect(busy.write(caller.head("POST", "/v1/incidents", 2) + "{"))
            #expect(caller.get("/healthz")?.status == 200)
            child.signal(SIGUSR2)
            try #require(child.errors.line { $0.contains("service.stopping") } != nil)
            child.signal(SIGTERM)
            #expect(busy.write("}"))
            #expect(busy.answer() != nil)
            #expect(child.wait() == .exited(0))
            #expect(started(child.errors.lines).count == 1)
        }
    }
}
