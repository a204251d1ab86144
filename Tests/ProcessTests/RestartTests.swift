import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// A restart that no one notices. Source: faults.md, F20 and F21; sd_listen_fds(3).
    @Suite(.serialized) struct RestartTests {
        /// Clients of each manner, and listeners of each kind.
        private static let clients = 3
        private static let listeners = 2
        private static let restarts = Seed.isShort ? 5 : 15
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat()
        }

        private func started(_ lines: [String]) -> [JSONValue] {
            lines.filter { $0.contains(#""event":"service.started""#) }
                .compactMap { try? JSONReader.read(Array($0.utf8)) }
        }

        /// Listeners to everything and to one incident, once their streams are open.
        private func listen(_ caller: Caller, _ incident: String) throws -> [EventListener] {
            let listeners = (0..<Self.listeners).flatMap { _ in
                ["/v1/events", "/v1/incidents/\(incident)/events"].map {
                    EventListener(caller, $0, until: "the last")
                }
            }
            try #require(becomes { listeners.allSatisfy { $0.heard.opened == 1 } })
            return listeners
        }

        private func areBack(_ listeners: [EventListener], after restarts: Int) -> Bool {
            becomes { listeners.allSatisfy { $0.heard.opened == restarts + 1 || !$0.heard.failures.isEmpty } }
        }

        /// What the entries of a timeline say, in order, without that of the declaration.
        private func texts(_ caller: Caller, _ incident: String) throws -> [String] {
            var texts: [String] = []
            while true {
                // A seq follows the other without a gap.
                let page = try #require(
                    caller.get("/v1/incidents/\(incident)/timeline?limit=200&after=\(texts.count)")?.json?[
                        "items"]?.items)
                if page.isEmpty { return Array(texts.dropFirst()) }
                texts += page.map { $0["text"]?.text ?? "" }
            }
        }

        /// Every acknowledged entry stands in the timeline once, and no one saw an error.
        private func hold(_ count: SteadyLoad.Count, _ texts: [String]) {
            #expect(count.failures.isEmpty, "\(count.failures.count): \(count.failures.prefix(5))")
            #expect(count.acknowledged.count > 100)
            for manner in SteadyLoad.Manner.allCases { #expect(count.answered[manner, default: 0] > 10) }
            let often = texts.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            let wrong = count.acknowledged.filter { often[$0] != 1 }
            #expect(
                wrong.isEmpty, "\(wrong.count) acknowledged entries are not there once: \(wrong.prefix(5))")
        }

        /// Each has heard every entry once and in order, and was asked at each restart to come back at a moment of its own.
        private func hold(_ listeners: [EventListener], _ restarts: Int, _ texts: [String]) {
            var retries: [Int] = []
            for listener in listeners {
                let heard = listener.finish()
                #expect(heard.failures.isEmpty, "\(heard.failures)")
                #expect(
                    heard.texts == texts, "\(heard.texts.count) events for \(texts.count) entries")
                #expect(zip(heard.ids, heard.ids.dropFirst()).allSatisfy { $1 == $0 + 1 })
                #expect(heard.retries.count == restarts)
                retries += heard.retries
            }
            #expect(retries.allSatisfy { (1_000...5_000).contains($0) }, "\(retries)")
            #expect(Set(retries).count > retries.count / 2, "all at once: \(retries)")
        }

        @Test
        func `restarts in place under load lose no request and no event, and close no connection`()
            throws
        {
            try service.start()
            let child = try #require(service.child)
            let incident = try service.declare()
            let caller = try service.caller()
            let listeners = try listen(caller, incident)
            let load = SteadyLoad(caller, incident: incident, clients: Self.clients)
            for round in 1...Self.restarts {
                #expect(load.proceeds(by: 40), "round \(round): \(service.log)")
                child.signal(SIGUSR2)
                try #require(becomes { started(child.errors.lines).count == round + 1 }, "\(service.log)")
                #expect(areBack(listeners, after: round), "round \(round)")
            }
            #expect(load.proceeds(by: 40))
            let count = load.end()
            #expect(
                caller.post("/v1/incidents/\(incident)/timeline", #"{"text": "the last"}"#)?.status == 201)
            let texts = try texts(caller, incident)
            hold(count, texts)
            hold(listeners, Self.restarts, texts)
            let repeated = count.repeated.values.reduce(0, +)
            #expect(repeated == 0, "connections were kept, so nothing had to be sent again")
            let gaps = started(child.errors.lines).compactMap {
                $0["gap_milliseconds"]?.number
            }
            #expect(gaps.count == Self.restarts)
            print("restarts in place: \(count.answered) answered, gaps of \(gaps) ms")
            #expect(child.ending == nil)
            #expect(try service.stop() == .exited(0))
        }

        @Test func `five restarts by a supervisor that holds the socket lose no request and no event`() throws
        {
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
            let listeners = try listen(caller, incident)
            let load = SteadyLoad(caller, incident: incident, clients: Self.clients)
            for round in 1...5 {
                #expect(load.proceeds(by: 40), "round \(round): \(holder.child.errors.text)")
                holder.child.write("restart\n")
                try #require(
                    becomes { holder.count("service.started") == round + 1 }, "\(holder.child.errors.text)")
                #expect(areBack(listeners, after: round), "round \(round)")
            }
            #expect(load.proceeds(by: 40))
            let count = load.end()
            #expect(
                caller.post("/v1/incidents/\(incident)/timeline", #"{"text": "the last"}"#)?.status == 201)
            let texts = try texts(caller, incident)
            hold(count, texts)
            hold(listeners, 5, texts)
            print("restarts by a supervisor: \(count.answered) answered, sent again: \(count.repeated)")
            let ends = holder.child.output.lines.filter { $0.hasPrefix("ended ") }
            #expect(ends == Array(repeating: "ended 0", count: 5))
            holder.child.closeInput()
            #expect(holder.child.wait() == .exited(0))
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

        @Test func `a binary that does not know the database's schema is refused, and the process goes on`()
            throws
        {
            try service.start()
            let child = try #require(service.child)
            let incident = try service.declare()
            try Python.change(
                service.database,
                "INSERT INTO schema_migrations SELECT 1000, 'later', checksum, 1000, applied_at FROM schema_migrations LIMIT 1"
            )
            child.signal(SIGUSR2)
            let refused = try #require(child.errors.line { $0.contains("service.handover_refused") })
            #expect(refused.contains("created by a newer Drumbeat (schema 1000"), "\(refused)")
            #expect(
                refused.contains("start the newer version. This process continues unchanged"), "\(refused)")
            let caller = try service.caller()
            #expect(caller.post("/v1/incidents/\(incident)/timeline", #"{"text": "on"}"#)?.status == 201)
            #expect(!child.errors.text.contains("service.stopping"))

            try Python.change(service.database, "DELETE FROM schema_migrations WHERE version = 1000")
            child.signal(SIGUSR2)
            try #require(becomes { started(child.errors.lines).count == 2 }, "\(service.log)")
            #expect(caller.get("/v1/incidents/\(incident)/timeline")?.json?["items"]?.items?.count == 2)
            #expect(try service.stop() == .exited(0))
        }

        @Test func `a binary that has migrations to apply takes over, and applies them`() throws {
            try service.start()
            let child = try #require(service.child)
            let incident = try service.declare()
            // The last one is taken back.
            try Python.change(
                service.database, "DELETE FROM schema_migrations WHERE version = 7",
                "DROP INDEX deploys_posted", "ALTER TABLE deploys DROP COLUMN posted_by")
            child.signal(SIGUSR2)
            try #require(becomes { started(child.errors.lines).count == 2 }, "\(service.log)")
            #expect(child.errors.text.contains("7 (deployers)"), "\(service.log)")
            #expect(try service.caller().get("/v1/incidents/\(incident)")?.status == 200)
            #expect(try service.command("migrate", "--check").ending == .exited(0))
            #expect(try service.stop() == .exited(0))
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
