import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// Behaviour under load: clients with a valid token are served, whatever else comes from the same address. Source: faults.md, F18,
    /// F33, F34.
    ///
    /// Durations are printed, and only checked for large deviations.
    @Suite(.serialized) struct LoadTests {
        private static func service(_ settings: [String: String] = [:], behind command: [String] = []) throws
            -> Drumbeat
        {
            let service = try Drumbeat(settings)
            try service.start(behind: command)
            _ = try service.declare()
            return service
        }

        /// Starts one of the crowds of `crowd.py`.
        private static func crowd(_ name: String, on service: Drumbeat, _ numbers: Int...) throws -> Child {
            let token = try #require(try service.caller().token)
            let script = repository + "/Tests/ProcessTests/Support/crowd.py"
            return try Child(
                ["python3", "-B", script, name, service.address, token] + numbers.map { "\($0)" }, in: "/tmp")
        }

        /// The results of a crowd, after its end.
        private static func seen(_ crowd: Child) throws -> [String: Double] {
            try #require(crowd.wait(within: .seconds(60)) == .exited(0), "\(crowd.errors.text)")
            _ = crowd.output.finish(within: .seconds(1))
            print(crowd.output.text)
            return [:].merging(figures(crowd.output.text)) { $1 }
        }

        /// The numbers of a flat object; for a list, the number of elements that are not a success.
        private static func figures(_ text: String) -> [String: Double] {
            var figures: [String: Double] = [:]
            for match in text.matches(of: #/"(\w+)": (\[[^\]]*\]|[-\d.e]+)/#) {
                let value = match.2
                if value.hasPrefix("[") {
                    let items = value.dropFirst().dropLast().split(separator: ",").map {
                        $0.drop { $0 == " " }
                    }
                    figures["\(match.1)_count"] = Double(items.count)
                    figures["\(match.1)_bad"] = Double(items.count { $0 != "200" && $0 != "201" })
                } else {
                    figures[String(match.1)] = Double(String(value))
                }
            }
            return figures
        }

        @Test
        func
            `declaring and raising are admitted while a bot's flood is refused, and nothing acknowledged is lost`()
            throws
        {
            let service = try Self.service(["DRUMBEAT_IN_FLIGHT_MAX": "16"])
            let seen = try Self.seen(Self.crowd("flood", on: service, 3, 128, 64))
            #expect(seen["declared_bad"] == 0)
            #expect(seen["raised_bad"] == 0)
            #expect(seen["declared_count"] ?? 0 >= 3)
            #expect(seen["refused"] ?? 0 > 0)
            #expect(seen["refused_without_retry_after"] == 0)
            #expect(seen["acked"] ?? 0 > 0)
            #expect(seen["lost"] == 0)
        }

        /// A service whose disk becomes slow after the start: each sync takes longer by the given time.
        private static func slowService(_ settings: [String: String] = [:], syncs milliseconds: Int) throws
            -> Drumbeat
        {
            let service = try Drumbeat(settings)
            let library = service.folder.file("slowsync.so")
            let source = repository + "/Benchmarks/slowsync.c"
            let compiled = try Child.run(
                ["cc", "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], in: service.folder.path)
            try #require(compiled.ending == .exited(0), "\(compiled.errors)")
            service.settings["LD_PRELOAD"] = library
            service.settings["SLOWSYNC_FILE"] = service.folder.file("slow")
            try service.start()
            _ = try service.declare()
            _ = try service.folder.write("slow", "\(milliseconds)")
            return service
        }

        @Test
        func
            `on a slow disk who cannot be served in time is told at once, and declaring, raising and publishing pass`()
            throws
        {
            let service = try Self.slowService(["DRUMBEAT_IN_FLIGHT_MAX": "100000"], syncs: 1_500)
            let seen = try Self.seen(Self.crowd("swamp", on: service, 9, 1_500, 3))
            #expect(seen["refused"] ?? 0 > 0)
            #expect(seen["refused_without_retry_after"] == 0)
            #expect(seen["refusal_p90"] ?? 9_999 <= 2_000)
            // No request waits for the whole handler timeout of 10 s.
            #expect(seen["refusal_slowest"] ?? 9_999 < 9_000)
            #expect(seen["wait_slowest"] ?? 9_999 < 10_000)
            Self.holdsUrgent(seen)
        }

        @Test
        func `a flood of one token over 1,500 connections is refused by default, and other tokens read on`()
            throws
        {
            let service = try Self.slowService(syncs: 300)
            let seen = try Self.seen(Self.crowd("swamp", on: service, 6, 1_500, 0))
            #expect(seen["refused"] ?? 0 > 0)
            #expect(seen["refused_without_retry_after"] == 0)
            #expect(seen["took"] ?? 99 < 16)
            Self.holdsUrgent(seen)
        }

        @Test func `a write that the disk holds past the timeout may be written, and the same key tells`()
            throws
        {
            let service = try Self.slowService(["DRUMBEAT_HANDLER_TIMEOUT": "500ms"], syncs: 1_500)
            let path = "/v1/incidents/INC-1/timeline"
            let caller = try service.caller()
            let first = try #require(caller.post(path, #"{"text": "once"}"#, key: "k"))
            #expect(first.status == 504, "\(first.text)")
            #expect(first.slug == "outcome-unknown")
            _ = try service.folder.write("slow", "0")
            var second = caller.post(path, #"{"text": "once"}"#, key: "k")
            let deadline = Deadline(.seconds(10))
            while second?.status != 201, !deadline.hasPassed {
                second = caller.post(path, #"{"text": "once"}"#, key: "k")
            }
            #expect(second?.status == 201)
            #expect(second?.field("idempotency-replayed") == "true")
            let texts = caller.get(path)?.json?["items"]?.items?.compactMap { $0["text"]?.text } ?? []
            #expect(texts.filter { $0 == "once" }.count == 1)
        }

        /// Invariants of urgent requests, however many others are refused.
        private static func holdsUrgent(_ seen: [String: Double]) {
            #expect(seen["urgent_bad"] == 0)
            #expect(seen["urgent_count"] ?? 0 >= 6)
            #expect(seen["others_count"] == 0)
            #expect(seen["reads"] ?? 0 >= 10)
            #expect(seen["read_p99"] ?? 9_999 < 5_000)
            #expect(seen["acked"] ?? 0 > 0)
            #expect(seen["lost"] == 0)
        }

        @Test func `with 64 descriptors and 200 clients nothing spins, and those inside live`() throws {
            let service = try Self.service(behind: ["prlimit", "--nofile=64:64"])
            let child = try #require(service.child)
            try Self.holdsCrush(service, child)
        }

        @Test func `when descriptors run out accepting rests, and goes on when the clients leave`() throws {
            let service = try Self.service()
            let child = try #require(service.child)
            let limited = try Child.run(["prlimit", "--pid", "\(child.pid)", "--nofile=64:64"], in: "/tmp")
            #expect(limited.ending == .exited(0), "\(limited.errors)")
            try Self.holdsCrush(service, child)
            #expect(service.log.contains("http.accept_paused"))
        }

        private static func holdsCrush(_ service: Drumbeat, _ child: Child) throws {
            let seen = try seen(crowd("crush", on: service, Int(child.pid), 200))
            #expect(seen["first"] == 200)
            #expect(seen["second"] == 201, "a connection from before lives, and the database takes writes")
            #expect(seen["declared"] == 201)
            #expect(seen["cpu"] ?? 1 < 0.2)
            #expect(seen["recovered"] == 200)
            #expect(child.ending == nil)
        }

        @Test func `connections leave 200 descriptors to everything else`() throws {
            let service = try Self.service(behind: ["prlimit", "--nofile=450:450"])
            let caller = try service.caller()
            var known: [KeptConnection] = []
            defer { for connection in known { connection.close() } }
            for number in 1...250 {
                let connection = try KeptConnection(caller)
                known.append(connection)
                let status = try connection.ask("GET", "/v1/incidents/INC-1").status
                #expect(status == 200, "connection \(number)")
            }
            // One of them is closed for this one once it has been idle for long enough, or this one is refused.
            let figures = caller.get("/metrics")
            #expect(
                figures?.status == 503
                    || figures?.text.contains("\ndrumbeat_http_connections 250\n") == true,
                "\(figures?.text ?? "no answer")")
        }

        @Test func `thousands of idle connections cost little, and health stays quick`() throws {
            let service = try Self.service()
            let child = try #require(service.child)
            let seen = try Self.seen(Self.crowd("idle", on: service, Int(child.pid), 5_000))
            #expect(seen["failed"] == 0)
            #expect(seen["kib_each"] ?? 100 <= 40)
            #expect(seen["health"] == 200)
        }

        @Test(arguments: [["-H"], ["-B"], ["-R"], ["-X", "-w", "1", "-y", "16", "-z", "8", "-k", "3"]])
        func `slow clients from the same address take nothing from honest ones`(mode: [String]) throws {
            let service = try Self.service()
            let seconds = Seed.isShort ? 3 : 5
            let honest = try Self.crowd("honest", on: service, seconds)
            let path = mode.first == "-X" ? "/openapi.json" : "/v1/incidents/INC-1/timeline"
            let slow = try Child.run(
                ["slowhttptest"] + mode + [
                    "-c", "500", "-r", "250", "-i", "1", "-l", "\(seconds)", "-u",
                    "http://\(service.address)\(path)",
                ], in: service.folder.path)
            #expect(slow.output.contains("slow HTTP test status") || slow.output.contains("Exit status"))
            let seen = try Self.seen(honest)
            #expect(seen["failures_count"] == 0)
            #expect(seen["requests"] ?? 0 >= 50)
        }
    }
}
