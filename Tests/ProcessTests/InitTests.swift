import JSON
import TestSupport
import Testing

extension Binary {
    /// `drumbeat init` with a running service and a target on this machine.
    @Suite(.serialized) struct InitTests {
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat(["DRUMBEAT_WEBHOOK_ALLOW": "127.0.0.0/8"])
            try service.start()
            service.settings["DRUMBEAT_URL"] = "http://\(service.address)"
            service.settings["DRUMBEAT_TOKEN"] = try token("token")
            service.settings["HOME"] = service.folder.path
        }

        private func token(_ file: String) throws -> String {
            try #require(
                try text(of: service.folder.file(file)).split(separator: "\n").first.map(String.init))
        }

        private func setUp(_ flags: [String], _ more: [String: String] = [:]) throws -> CommandLineTests.Run {
            try Child.run(
                [Binary.path, "init"] + flags, in: service.folder.path, service.settings.merging(more) { $1 })
        }

        private static func answer(_ status: Int, _ body: String) -> String {
            "HTTP/1.1 \(status) So\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
        }

        private static let names = ["bot", "communicator", "dashboard"]

        @Test(arguments: [("ntfy", #"{"id":"x"}"#), ("slack", "ok")])
        func `in a pipe flags suffice, and a second run repeats nothing`(kind: String, says: String) throws {
            let target = try Receiver.answering(Self.answer(200, says))
            let flags = ["--nags", target.url(), "--kind", kind, "--unit", "unit"]
            let first = try setUp(flags)
            let shown = "\(kind) http://127.0.0.1:\(target.port)/…"
            #expect(first.ending == .exited(0), "\(first)")
            #expect(
                first.output == """
                    unit: wrote unit
                    nags: registered \(shown)
                    token bot: wrote ./drumbeat-tokens/bot.token (scope post)
                    token communicator: wrote ./drumbeat-tokens/communicator.token (scope command)
                    token dashboard: wrote ./drumbeat-tokens/dashboard.token (scope read)
                    test: \(shown): the test arrived

                    """)
            // The message of the registration is the test.
            #expect(target.requests.count == 1)
            #expect(
                try text(of: service.folder.file("unit")) == text(of: repository + "/config/drumbeat.service")
            )
            let tokens = try Self.names.map { try token("drumbeat-tokens/\($0).token") }
            let scopes = try tokens.map {
                try #require(Caller(service.address, token: $0)).get("/v1/me")?.json?["scope"]?.text
            }
            #expect(scopes == ["post", "command", "read"])
            let modes = try Child.run(
                ["stat", "-c", "%a", "drumbeat-tokens", "drumbeat-tokens/bot.token"], in: service.folder.path)
            #expect(modes.output == "700\n600\n")

            let second = try setUp(flags + ["--yes"])
            #expect(second.ending == .exited(0), "\(second)")
            #expect(second.output.split(separator: "\n").count { $0.contains(": kept") } == 5, "\(second)")
            #expect(second.output.hasSuffix("test: \(shown): the test arrived\n"))
            #expect(try Self.names.map { try token("drumbeat-tokens/\($0).token") } == tokens)
            #expect(try service.caller().get("/v1/webhooks")?.json?["items"]?.items?.count == 1)
            #expect(try service.caller().get("/v1/tokens")?.json?["items"]?.items?.count == 4)

            // Elsewhere there are no files, but names are taken.
            let third = try setUp(flags + ["--tokens", "more", "--another", "--json"])
            let record = try JSONReader.read(Array(third.output.utf8), limits: .stored)
            #expect(record["webhook"]?["state"]?.text == "registered")
            #expect(record["tokens"]?.items?.map { $0["state"]?.text } == ["kept", "kept", "kept"])
            #expect(record["tests"]?.items?.count == 2, "\(third)")
            #expect(try Child.run(["ls", "more"], in: service.folder.path).output.isEmpty)
        }

        @Test func `a target that answers 404 is refused, with what it said and what was done before`() throws
        {
            let target = try Receiver.answering(Self.answer(404, "no such topic"))
            let flags = ["--nags", target.url(), "--kind", "ntfy", "--unit", "unit"]
            let run = try setUp(flags)
            #expect(run.ending == .exited(1) && run.output == "unit: wrote unit\n", "\(run)")
            #expect(
                run.errors.contains(
                    "ntfy http://127.0.0.1:\(target.port)/… was not registered. It refused a test message with 404: no such topic"
                ), "\(run)")
            #expect(
                run.errors.hasSuffix(
                    "(webhook-url-refused)\nCorrect --nags, and run drumbeat init again.\n"),
                "\(run.errors)")
            let json = try JSONReader.read(Array(try setUp(flags + ["--json"]).output.utf8), limits: .stored)
            #expect(json["unit"]?["state"]?.text == "kept")
            #expect(json["problem"]?["type"]?.text == "/problems/webhook-url-refused")
            #expect(look(at: service.folder.file("drumbeat-tokens")) == nil)

            // A receiver of one's own may come later: it is registered, and the test says that it does not work.
            let own = try setUp(["--nags", target.url(), "--kind", "standard", "--tokens", "none"])
            #expect(own.ending == .exited(1), "\(own)")
            #expect(own.output.contains("signed with whsec_"))
            #expect(
                own.output.hasSuffix(": the test did not arrive: it answered 404: no such topic\n"), "\(own)")
        }

        @Test func `mail needs its addresses, and reaches a server of an allowed network`() throws {
            let server = try Child(
                [
                    try Python.withPackages(), repository + "/Tests/OutboundTests/mail_server.py",
                    #"{"tls": "none", "name": "DNS:mail.localhost", "login": []}"#,
                ], in: service.folder.path)
            defer {
                server.closeInput()
                _ = server.wait()
            }
            let port = try #require(
                server.output.line { _ in true }?.split(separator: " ").first, "\(server.errors.text)")
            let url = "smtp://127.0.0.1:\(port)"
            let flags = [
                "--nags", url, "--mail-from", "drumbeat@mail.example", "--mail-to", "bob@mail.example",
                "--mail-to", "carol@mail.example", "--tokens", "none",
            ]
            let run = try setUp(flags)
            #expect(
                run.output == "nags: registered smtp \(url)\ntest: smtp \(url): the test arrived\n", "\(run)")
            let again = try setUp(flags)
            #expect(again.output.hasPrefix("nags: kept smtp \(url)"), "\(again)")
            let missing = try setUp(["--nags", url])
            #expect(missing.ending == .exited(2) && missing.errors.contains("--mail-from is required"))
        }

        @Test func `a target that does not answer is named, and tried once`() throws {
            let target = try Receiver { $0.waitForClose() }
            let run = try setUp(["--nags", target.url(), "--kind", "ntfy", "--tokens", "none"])
            #expect(run.ending == .exited(1) && run.output.isEmpty, "\(run)")
            let says = """
                ntfy http://127.0.0.1:\(target.port)/… was not registered. No test message could be sent: the target did not answer within \
                8s; it may be slow, down or behind a firewall.
                """
            #expect(run.errors.contains(says) && run.errors.contains("webhook-url-refused"), "\(run)")
            #expect(target.connections == 1)
        }

        @Test func `a mail server that greets too late is named with the time it had`() throws {
            _ = try service.stop()
            service.settings["DRUMBEAT_HANDLER_TIMEOUT"] = "2s"
            try service.start()
            service.settings["DRUMBEAT_URL"] = "http://\(service.address)"
            let server = try Receiver { $0.waitForClose() }
            let run = try setUp([
                "--nags", "smtp://127.0.0.1:\(server.port)", "--mail-from", "drumbeat@mail.example",
                "--mail-to", "bob@mail.example",
                "--tokens", "none",
            ])
            #expect(run.ending == .exited(1), "\(run)")
            #expect(run.errors.contains("the target did not answer within 1s;"), "\(run)")
        }

        @Test func `a name can be used again once its token is revoked`() throws {
            try #require(try setUp(["--tokens", "one"]).ending == .exited(0))
            let caller = try service.caller()
            let tokens = caller.get("/v1/tokens")?.json?["items"]?.items ?? []
            let bot = try #require(tokens.first { $0["name"]?.text == "bot" }?["id"]?.text)
            try #require(caller.send("DELETE", "/v1/tokens/\(bot)")?.status == 204)
            let run = try setUp(["--tokens", "two"])
            #expect(run.output.contains("token bot: wrote two/bot.token (scope post)\n"), "\(run)")
            #expect(
                run.output.contains("token dashboard: kept, as the service has one of that name."), "\(run)")
        }

        @Test func `without a service it says how to start one`() throws {
            let run = try setUp(["--yes"], ["DRUMBEAT_URL": "http://127.0.0.1:1"])
            #expect(run.ending == .exited(1) && run.output.isEmpty)
            for words in [
                "cannot be reached", "drumbeat serve", "DRUMBEAT_ADMIN_TOKEN_FILE", "--scope admin",
            ] {
                #expect(run.errors.contains(words), "\(run)")
            }
        }

        @Test func `a token that may not do it is refused before anything is made`() throws {
            let made = try service.caller().post("/v1/tokens", #"{"name": "poster", "scope": "post"}"#)
            let post = try #require(made?.json?["token"]?.text)
            for (token, says) in [
                (post, "The token poster has the scope post"), ("dbt_nothing", "unknown"), ("", "required"),
            ] {
                let run = try setUp(["--yes"], ["DRUMBEAT_TOKEN": token])
                #expect(run.ending == .exited(1) && run.output.isEmpty, "\(run)")
                #expect(run.errors.contains(says) && run.errors.contains("--scope admin"), "\(run)")
            }
            #expect(look(at: service.folder.file("drumbeat-tokens")) == nil)
        }

        @Test func `a token whose file cannot be written is revoked again`() throws {
            // A link to nowhere is no file yet, and is not followed.
            let made = try Child.run(
                ["sh", "-c", "mkdir t && ln -s /nowhere/x t/communicator.token"], in: service.folder.path)
            try #require(made.ending == .exited(0))
            let run = try setUp(["--tokens", "t"])
            #expect(run.ending == .exited(1), "\(run)")
            #expect(run.output == "token bot: wrote t/bot.token (scope post)\n")
            #expect(run.errors.contains("t/communicator.token: File exists"), "\(run)")
            let tokens = try service.caller().get("/v1/tokens")?.json?["items"]?.items ?? []
            let valid = tokens.filter { $0["revoked_at"]?.text == nil }.compactMap { $0["name"]?.text }
            #expect(valid == ["bot", "admin"])
        }

        /// Runs it on a terminal, and answers questions. Prints its exit code, whether the terminal shows keys afterwards, and all that it showed.
        private func talk(_ exchange: [(question: String, answer: String)]) throws -> CommandLineTests.Run {
            let script = """
                start(sys.argv[1], "init")
                for question, answer in zip(sys.argv[2::2], sys.argv[3::2]):
                    until(re.escape(question.encode()))
                    os.write(terminal, answer.encode())
                status = finish()
                shows = termios.tcgetattr(terminal)[3] & termios.ECHO
                print(os.waitstatus_to_exitcode(status), bool(shows))
                print(seen.decode().replace("\\r", ""))
                """
            return try Child.run(
                [Python.plain, "-c", Python.terminal + script, Binary.path]
                    + exchange.flatMap { [$0.question, $0.answer] },
                in: service.folder.path, service.settings)
        }

        private static let asksForToken = "The access token of the topic [none]: "

        @Test func `on a terminal it asks, and a secret is not shown`() throws {
            let target = try Receiver.answering(Self.answer(200, #"{"id":"x"}"#))
            let run = try talk([
                ("Where do nags go?", target.url() + "\n"),
                ("What listens there? standard, slack, ntfy or smtp [standard]: ", "ntfy\n"),
                (Self.asksForToken, "tk_hide\u{7F}den\n"), ("[everyone]: ", "bob\n"),
                ("[./drumbeat-tokens]: ", "\n"), ("Which file gets the systemd unit? [none]: ", "\n"),
            ])
            #expect(run.output.hasPrefix("0 True\n"), "\(run)")
            #expect(!run.output.contains("tk_hid"))
            let shown = "ntfy http://127.0.0.1:\(target.port)/… for bob"
            for line in [
                "nags: registered \(shown)", "token dashboard: wrote ./drumbeat-tokens/dashboard.token",
                "test: \(shown): the test arrived",
            ] {
                #expect(run.output.contains("\n\(line)"), "\(run)")
            }
            #expect(target.requests.last?.header("authorization") == "Bearer tk_hidden")
            #expect(look(at: service.folder.file("none")) == nil)
        }

        @Test(arguments: [
            // Ctrl-C where keys are not shown; the end of the input elsewhere.
            [
                ("Where do nags go?", "http://127.0.0.1:1/\n"), ("[standard]: ", "ntfy\n"),
                (asksForToken, "tk\u{3}"),
            ],
            [("Where do nags go?", "\u{4}")],
        ])
        func `answers that end make nothing, and leave the terminal as it was`(exchange: [(String, String)])
            throws
        {
            let run = try talk(exchange.map { (question: $0.0, answer: $0.1) })
            #expect(run.output.hasPrefix("1 True\n"), "\(run)")
            #expect(
                run.output.contains("drumbeat init: The answers ended, so nothing more was done."), "\(run)")
            #expect(look(at: service.folder.file("drumbeat-tokens")) == nil)
        }
    }
}
