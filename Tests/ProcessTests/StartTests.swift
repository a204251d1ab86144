import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// What a new user sees first: the token, the lines to try, and what stands in the way of a start.
    @Suite(.serialized) struct StartTests {
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat()
        }

        private func curlLines(_ output: String) -> [String] {
            output.split(separator: "\n").map { String($0.drop { $0 == " " }) }
                .filter { $0.hasPrefix("export ") || $0.hasPrefix("curl ") }
        }

        @Test
        func `the first start prints the token once and three lines that work as printed, the second none`()
            throws
        {
            service.settings["DRUMBEAT_ADMIN_TOKEN_FILE"] = nil
            try service.start()
            let printed = try #require(service.child?.output)
            _ = printed.line { $0.contains("/status-updates/draft") }
            let tokens = printed.text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.filter {
                $0.hasPrefix("dbt_")
            }
            #expect(Set(tokens).count == 1)
            #expect(!service.log.contains("dbt_"), "the token stands in the log")
            let lines = curlLines(printed.text)
            #expect(lines.count == 4 && lines.first?.hasPrefix("export ") == true, "\(printed.text)")
            #expect(lines.filter { $0.hasPrefix("curl ") }.count == 3)

            // As printed; the function only fails where curl alone would not.
            let script =
                "set -e\ncurl() { command curl --fail-with-body \"$@\"; }\n"
                + lines.joined(separator: "\n")
            let tried = try Child.run(["sh", "-c", script], in: service.folder.path)
            #expect(tried.ending == .exited(0), "\(tried.output) \(tried.errors)")
            #expect(tried.output.contains("INC-1") && tried.output.contains("errors began at 10:02"))
            #expect(tried.errors == "", "a progress bar stands between the answers")
            #expect(tried.output.hasSuffix("\n"), "the prompt is glued to the last answer")
            #expect(tried.output.contains("}\n{"), "two answers stand on one line")

            #expect(try service.stop() == .exited(0))
            try service.start()
            #expect(try service.stop() == .exited(0))
            #expect(service.child?.output.text == "")
        }

        @Test func `the token goes into the operator's file, for them alone, and is printed nowhere`() throws
        {
            try service.start()
            let file = service.folder.file("token")
            #expect(look(at: file)?.mode == 0o600)
            #expect(try service.caller().get("/v1/tokens")?.status == 200)
            #expect(try service.stop() == .exited(0))
            #expect(service.child?.output.text == "")
            #expect(look(at: service.database)?.mode == 0o600)
        }

        @Test func `a file for the admin token that is not used is told at the start`() throws {
            try service.start()
            #expect(!service.log.contains("admin_token.unusable"))
            #expect(try service.stop() == .exited(0))
            service.settings["DRUMBEAT_ADMIN_TOKEN_FILE"] = service.folder.file("nope")
            try service.start()
            #expect(service.log.contains("admin_token.unusable"), "\(service.log)")
            #expect(look(at: service.folder.file("nope")) == nil)
        }

        @Test
        func `the first and the last lines of the log say in words what happens, with numbers as numbers`()
            throws
        {
            try service.start()
            #expect(try service.stop() == .exited(0))
            let child = try #require(service.child)
            let lines = child.errors.text.split(separator: "\n").compactMap {
                try? JSONReader.read(Array($0.utf8))
            }
            let events = lines.compactMap { $0["event"]?.text }
            for event in ["stream.tail_ready", "service.stopping"] {
                let line = try #require(lines.first { $0["event"]?.text == event }, "\(events)")
                #expect(line["detail"]?.text?.hasSuffix(".") == true, "\(line)")
            }
            let started = lines.first { $0["event"]?.text == "service.started" }
            #expect(started?["configuration"]?.text == "none")
            // Addresses, names and times are no numbers.
            for line in lines {
                for member in line.object?.members ?? [] {
                    guard let text = member.value.text else { continue }
                    #expect(Int(text) == nil, "\(member.name) is a number in a string")
                }
            }
        }

        @Test func `the token in the operator's file is taken`() throws {
            try service.start()
            let secret = try text(of: service.folder.file("token"))
            #expect(try service.stop() == .exited(0))

            let other = try Drumbeat()
            try other.folder.write("token", secret)
            try other.start()
            #expect(try text(of: other.folder.file("token")) == secret)
            #expect(try other.caller().get("/v1/tokens")?.status == 200)
        }

        @Test func `a second service on the same file is told which process has it`() throws {
            try service.start()
            let pid = try #require(service.child?.pid)
            let second = try service.command("serve")
            #expect(second.ending == .exited(1))
            #expect(second.errors.contains("process \(pid)"), "\(second.errors)")
            #expect(second.errors.contains("stop it"), "\(second.errors)")
            #expect(try service.caller().get("/healthz")?.status == 200)
        }

        @Test func `a port that is taken is refused with what to do`() throws {
            try service.start()
            let other = try Drumbeat(["DRUMBEAT_LISTEN": service.address])
            let refused = try other.command("serve")
            #expect(refused.ending == .exited(1))
            #expect(refused.errors.contains("port \(try service.caller().port)"), "\(refused.errors)")
            #expect(refused.errors.contains("DRUMBEAT_LISTEN"), "\(refused.errors)")
            #expect(refused.output == "", "a token was shown that no one can use")
        }

        @Test(arguments: [
            ("", "is empty"), (String(repeating: "garbage, not a database. ", count: 400), "is not"),
        ])
        func `a file that is no database is refused and left as it was`(content: String, word: String) throws
        {
            try service.folder.write("drumbeat.db", content)
            let refused = try service.command("serve")
            #expect(refused.ending == .exited(1))
            #expect(
                refused.errors.contains("drumbeat.db") && refused.errors.contains(word), "\(refused.errors)")
            #expect(
                refused.errors.contains("restore a backup"), "it does not say what to do: \(refused.errors)")
            #expect(try text(of: service.database) == content)
        }

        @Test func `a lock of another user is refused with what to do`() throws {
            // As after drumbeat migrate by root. Injected, because root may open every file.
            let refused = try Child.run(
                [
                    "strace", "-f", "-o", "/dev/null", "-e", "trace=openat", "-P", service.database + ".lock",
                    "-e",
                    "inject=openat:error=EACCES", Binary.path, "serve",
                ], in: service.folder.path, service.settings)
            #expect(refused.ending == .exited(1), "\(refused.errors)")
            for word in ["Permission denied", "chown", "DRUMBEAT_DATABASE"] {
                #expect(refused.errors.contains(word), "\(word) is missing: \(refused.errors)")
            }
        }

        @Test func `a database of a newer Drumbeat is refused with what to do`() throws {
            try service.start()
            #expect(try service.stop() == .exited(0))
            try Python.change(
                service.database,
                "INSERT INTO schema_migrations SELECT 1000, 'later', checksum, 1000, applied_at FROM schema_migrations LIMIT 1"
            )
            let refused = try service.command("serve")
            #expect(refused.ending == .exited(1))
            #expect(refused.errors.contains("newer") && refused.errors.contains("1000"), "\(refused.errors)")
        }

        @Test func `it starts with an empty environment`() throws {
            let child = try Child(
                ["env", "-i", Binary.path, "serve", "--listen", "127.0.0.1:0"], in: service.folder.path)
            let line = child.errors.line { $0.contains("service.started") }
            #expect(line != nil, "\(child.errors.text)")
            child.signal(SIGTERM)
            #expect(child.wait() == .exited(0))
            #expect(look(at: service.folder.file("data"))?.mode == 0o700)
        }

        @Test func `without standard streams nothing of ours takes their place`() throws {
            // A descriptor that takes the number 2 would be written the log: into the lock, or into someone's connection.
            try service.start()
            #expect(try service.stop() == .exited(0))
            let port = try Loopback.closedPort()
            service.settings["DRUMBEAT_LISTEN"] = "127.0.0.1:\(port)"
            let child = try Child(
                ["sh", "-c", "exec \"$0\" serve 0<&- 1>&- 2>&-", Binary.path], in: service.folder.path,
                service.settings)
            let token = try text(of: service.folder.file("token")).split(separator: "\n").first.map(
                String.init)
            let caller = try #require(Caller("127.0.0.1:\(port)", token: token))
            try #require(becomes { caller.get("/readyz")?.status == 200 })
            #expect(caller.post("/v1/incidents", #"{"title": "a", "severity": "minor"}"#)?.status == 201)
            for number in 0...2 {
                var name = [CChar](repeating: 0, count: 256)
                let count = readlink("/proc/\(child.pid)/fd/\(number)", &name, name.count)
                let target = name.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
                #expect(String(decoding: target, as: UTF8.self) == "/dev/null", "descriptor \(number)")
            }
            #expect(try text(of: service.database + ".lock") == "\(child.pid)\n")
            child.signal(SIGTERM)
            #expect(child.wait() == .exited(0))
        }

        @Test func `it goes on when the readers of its output and of its log are gone`() throws {
            try service.start()
            let child = try #require(service.child)
            child.output.hangUp()
            child.errors.hangUp()
            for number in 1...3 {
                let answer = try service.caller().post(
                    "/v1/incidents", #"{"title": "\#(number)", "severity": "minor"}"#)
                #expect(answer?.status == 201)
            }
            #expect(try service.stop() == .exited(0))
        }

        @Test func `health and readiness need no token and are not kept`() throws {
            try service.start()
            var caller = try service.caller()
            caller.token = nil
            for path in ["/healthz", "/readyz"] {
                let answer = try #require(caller.get(path))
                #expect(answer.status == 200)
                #expect(answer.field("cache-control") == "no-store")
            }
            #expect(caller.get("/v1/incidents")?.status == 401)
        }
    }
}
