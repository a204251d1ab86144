import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// The commands that talk to a running service.
    @Suite(.serialized) struct CommandLineTests {
        let service: Drumbeat

        init() throws {
            service = try Drumbeat()
            try service.start()
            let token = try text(of: service.folder.file("token")).split(separator: "\n").first
            service.settings["DRUMBEAT_URL"] = "http://\(service.address)"
            service.settings["DRUMBEAT_TOKEN"] = token.map(String.init)
            service.settings["HOME"] = service.folder.path
            // A proxy of the environment would fail every command.
            for name in ["http_proxy", "ALL_PROXY"] { service.settings[name] = "http://127.0.0.1:1" }
        }

        typealias Run = (ending: Child.Ending, output: String, errors: String)

        private func drumbeat(_ arguments: String..., input: String = "") throws -> Run {
            try Child.run(
                [Binary.path] + arguments, in: service.folder.path, service.settings, input: input)
        }

        private func json(_ run: Run) -> JSONValue? {
            try? JSONReader.read(Array(run.output.utf8), limits: .stored)
        }

        @Test func `an incident is declared, listed and noted with few words`() throws {
            let declared = try drumbeat(
                "declare", "People cannot sign in", "--severity", "major", "--author", "alice")
            #expect(declared.ending == .exited(0), "\(declared.errors)")
            #expect(
                declared.output.hasPrefix("INC-1 declared (major). First status update due "),
                "\(declared.output)")
            #expect(declared.output.hasSuffix(", in 5 min. drumbeat update INC-1\n"), "\(declared.output)")
            #expect(
                declared.errors.contains("warning: ") && declared.errors.contains("(impact_missing)"),
                "\(declared.errors)")

            let list = try drumbeat("list")
            #expect(
                list.output.hasPrefix(
                    "REF    SEVERITY  STATUS         NEXT UPDATE  COMMANDER  TITLE\nINC-1  major     investigating  in "
                ), "\(list.output)")
            #expect(list.output.hasSuffix("People cannot sign in\n"))
            #expect(json(try drumbeat("list", "--json"))?["items"]?.items?.count == 1)

            for name in ["INC-1", "inc-1", "1"] {
                let noted = try drumbeat("note", name, "errors began at 10:02", "--kind=finding")
                #expect(noted.ending == .exited(0) && noted.errors.isEmpty, "\(noted.errors)")
                #expect(noted.output.hasPrefix("INC-1: finding recorded as entry "), "\(noted.output)")
            }
            let only = try drumbeat("note", "-", "--json", input: "from\na log\n")
            #expect(json(only)?["text"]?.text == "from\na log")
            #expect(only.errors == "drumbeat: INC-1 (People cannot sign in) is the only open incident.\n")
        }

        @Test func `a confidential matter of security is declared, and shown with its marks`() throws {
            let run = try drumbeat(
                "declare", "Keys leaked", "--severity", "major", "--security", "--confidential", "--scope",
                "eu",
                "--users-affected", "1200")
            #expect(run.ending == .exited(0), "\(run.errors)")
            let shown = try drumbeat("show", "INC-1")
            #expect(shown.output.contains("Status: investigating, major, security, confidential, since"))
            #expect(shown.output.contains("Impact: not recorded (eu; 1200 users)"), "\(shown.output)")
            let wrong = try drumbeat("declare", "x", "--severity", "minor", "--users-affected", "many")
            #expect(wrong.ending == .exited(2), "\(wrong)")
            #expect(wrong.errors.contains("--users-affected must be a whole number"))
        }

        private func declare(_ title: String = "People cannot sign in") throws {
            let run = try drumbeat(
                "declare", title, "--severity", "major", "--impact", "Many users", "--commander", "alice")
            try #require(run.ending == .exited(0), "\(run.errors)")
        }

        /// The service's timeline, as text.
        private func timeline(_ query: String = "") throws -> [JSONValue] {
            try #require(
                try service.caller().get("/v1/incidents/INC-1/timeline?limit=200\(query)")?.json?["items"]?
                    .items)
        }

        @Test func `every change is one command, which says what comes next`() throws {
            try declare()
            for (words, says) in [
                (
                    ["snooze", "INC-1", "10m", "--reason", "translating"],
                    "INC-1: the nags are held back until "
                ),
                (
                    ["role", "INC-1", "communicator", "bob", "--contact", "tel:+49301234"],
                    "INC-1: bob is communicator. Next status update due "
                ),
                (
                    ["raise", "INC-1", "critical", "--reason", "payments fail"],
                    "INC-1 is critical. Next status update due "
                ),
                (
                    ["impact", "INC-1", "Many cannot pay", "--workaround", "Pay later"],
                    "INC-1: the impact and the workaround are recorded. Next status update due "
                ),
                (
                    ["impact", "INC-1", "--restored-when", "All can pay"],
                    "INC-1: what restored means is recorded. Next status update due "
                ),
                (
                    ["status", "mitigating", "--author", "alice"],
                    "INC-1 is mitigating. Next status update due "
                ),
                (["role", "INC-1", "communicator", "--release"], "INC-1: no one is communicator now. "),
                (
                    ["update", "INC-1", "--text", "We are on it.", "--next", "10m"],
                    "INC-1: public update published as entry 9. Next status update due "
                ),
                (
                    ["nothing-new", "INC-1"],
                    "INC-1: public update published as entry 10. Next status update due "
                ),
                (
                    [
                        "mitigate", "INC-1", "turn the search off", "--expect", "fewer errors", "--metric",
                        "errors",
                    ],
                    "INC-1: the mitigation is open since entry 11. To end it: drumbeat outcome INC-1 worked"
                ),
                (
                    ["outcome", "no-effect", "--seen", "as before"],
                    "INC-1: the mitigation of entry 11 ended: no-effect. Next status update due "
                ),
                (["role", "INC-1", "rollback_approver", "dana"], "INC-1: dana is rollback_approver. "),
                (
                    ["rollback", "INC-1", "2.13.4", "--database", "forward-fix"],
                    "INC-1: the rollback to 2.13.4 waits for a yes, as entry 15. To answer: drumbeat approve INC-1 yes"
                ),
                (["approve", "no", "--author", "dana"], "INC-1: the rollback of entry 15 is declined."),
                (
                    ["rollback", "2.13.4", "--database", "safe", "--author", "dana"],
                    // The nag about the first request is an entry, too.
                    "INC-1: the rollback to 2.13.4 is open since entry "
                ),
                (["outcome", "1", "worked"], "INC-1: the mitigation of entry "),
                (
                    ["update", "1", "--text=Back.", "--status", "monitoring", "--audience", "public"],
                    "INC-1: public update published as entry "
                ),
                (
                    ["raise", "INC-1", "minor", "--dispute", "--reason", "few users"],
                    "INC-1: the dispute is recorded as entry "
                ),
                (
                    ["escalate", "INC-1", "dana", "--reason", "she knows the database"],
                    "INC-1: dana is called in. The decision is due "
                ),
                (
                    ["status", "INC-1", "resolved", "--override", "--reason", "works", "--author", "alice"],
                    "INC-1 is resolved. The final public update is due "
                ),
            ] {
                let run = try Child.run([Binary.path] + words, in: service.folder.path, service.settings)
                #expect(
                    run.ending == .exited(0) && run.output.hasPrefix(says),
                    "\(words) \(run.output) \(run.errors)")
                #expect(run.output.split(separator: "\n").count == 1, "\(run.output)")
            }
            let tried = try drumbeat("mitigations", "INC-1").output.split(separator: "\n")
            #expect(tried.count == 3, "\(tried)")
            for (line, words) in zip(
                tried, ["rollback to 2.13.4", "declined by dana", "turn the search off"])
            {
                #expect(line.contains(words), "\(tried)")
            }
            let show = try drumbeat("show", "INC-1")
            #expect(
                show.output.hasPrefix("INC-1 People cannot sign in\nStatus: resolved, critical"),
                "\(show.output)")
            #expect(try drumbeat("list").errors.contains("--state all"))
            #expect(try drumbeat("list", "--state", "all").output.contains("INC-1  critical  resolved  "))
        }

        @Test func `a refusal is answered with a command, and that command works`() throws {
            try declare()
            let minor = try drumbeat("raise", "1", "minor")
            #expect(
                minor.errors.contains(#"\#n  drumbeat raise INC-1 minor --dispute --reason "…""#),
                "\(minor.errors)")
            #expect(try drumbeat("raise", "1", "minor", "--dispute").ending == .exited(2))
            let early = try drumbeat("status", "1", "resolved")
            #expect(
                early.errors.contains("drumbeat status INC-1 resolved --override --reason"), "\(early.errors)"
            )
            let gap = try drumbeat("update", "1", "--text", "[FILL: x]")
            #expect(gap.ending == .exited(1) && gap.errors.contains("--force"), "\(gap.errors)")
            let forced = try drumbeat("update", "1", "--text", "[FILL: x]", "--force")
            #expect(forced.ending == .exited(0), "\(forced.errors)")
            let monitoring = try drumbeat("status", "1", "monitoring")
            #expect(
                monitoring.errors.contains(
                    #"drumbeat impact INC-1 --restored-when "…" (restored_when_missing)"#),
                "\(monitoring.errors)")
            #expect(monitoring.output.contains("INC-1 is monitoring. It is watched until "))
            let lacking = try drumbeat("status", "1", "resolved", "--author", "alice")
            #expect(
                lacking.ending == .exited(1)
                    && lacking.errors.contains("drumbeat check INC-1 PATH --passed")
                    && lacking.errors.contains("--author alice"),
                "\(lacking.errors)")
            #expect(try drumbeat("check", "1", "sign in").ending == .exited(2))
            #expect(
                try drumbeat("check", "1", "sign in", "--failed", "--evidence", "504", "--by", "bob").output
                    .hasPrefix("INC-1: sign in failed, recorded as entry "))
            let failed = try drumbeat("status", "1", "resolved", "--author", "alice")
            #expect(
                failed.errors.contains("drumbeat check INC-1 'sign in' --passed"), "\(failed.errors)")
            let over = try drumbeat("status", "1", "mitigating")
            #expect(over.ending == .exited(0))
            let end = try drumbeat(
                "update", "1", "--text", "It is over.", "--status", "resolved", "--override", "--reason",
                "fixed",
                "--author", "alice")
            #expect(end.ending == .exited(0), "\(end.errors)")
            let wrongRole = try drumbeat("role", "1", "boss", "bob")
            #expect(
                wrongRole.errors.contains("The roles are commander, ") && !wrongRole.errors.contains("list"),
                "\(wrongRole.errors)")
            service.settings["DRUMBEAT_URL"] = "http://\(service.address)/v1"
            #expect(try drumbeat("list").errors.contains("export DRUMBEAT_URL=http://\(service.address)\n"))
            service.settings["DRUMBEAT_URL"] = "http://\(service.address)/base"
            let base = try drumbeat("list").errors
            #expect(base.contains("DRUMBEAT_URL has the path /base.") && !base.contains("/v1"), "\(base)")
            service.settings["DRUMBEAT_URL"] = service.address
            #expect(try drumbeat("list", "--state", "all").ending == .exited(0))
        }

        @Test func `an end that the public was told nothing of asks for no final update`() throws {
            try declare()
            let end = try drumbeat("status", "1", "cancelled", "--reason", "false_alarm")
            #expect(end.output == "INC-1 is cancelled.\n", "\(end.output) \(end.errors)")
        }

        @Test func `with --json every command prints what the service said`() throws {
            let declared = json(
                try drumbeat("declare", "a", "--severity", "p2", "--label", "service=web", "--json"))
            #expect(declared?["ref"]?.text == "INC-1" && declared?["warnings"]?.items != nil)
            for (words, member) in [
                (["list"], "items"), (["show"], "cadence"), (["note", "a"], "seq"),
                (["snooze", "10m", "--reason", "b"], "seq"), (["draft"], "basis_seq"),
                (["role", "1", "scribe", "eve"], "roles"), (["role", "1", "scribe", "--release"], "roles"),
                (["raise", "critical"], "roles"), (["status", "mitigating"], "roles"),
                (["update", "--text", "a"], "lint"),
                (["nothing-new"], "lint"),
            ] {
                let run = try Child.run(
                    [Binary.path] + words + ["--json"], in: service.folder.path, service.settings)
                #expect(
                    run.ending == .exited(0) && json(run)?[member] != nil,
                    "\(words) \(run.output) \(run.errors)")
            }
            let refused = try drumbeat("raise", "1", "minor", "--json")
            #expect(
                refused.ending == .exited(1)
                    && json(refused)?["type"]?.text == "/problems/severity-only-rises")
            #expect(refused.errors.contains("(severity-only-rises)"))
        }

        @Test func `a text to read may be in a file`() throws {
            try service.folder.write("text", "It is probably DNS.\n")
            let run = try drumbeat("lint", "--file", "text", "--audience", "internal")
            #expect(run.ending == .exited(0) && run.output.contains("“probably”"), "\(run)")
            #expect(
                run.output == (try drumbeat("lint", "It is probably DNS.", "--audience", "internal").output))
            let missing = try drumbeat("lint", "--file", "nothing")
            #expect(missing.ending == .exited(1) && missing.errors.contains("--file must name"), "\(missing)")
            for words in [["lint"], ["lint", "a", "--file", "text"]] {
                let run = try Child.run([Binary.path] + words, in: service.folder.path, service.settings)
                #expect(run.ending == .exited(2) && run.errors.contains("give the text, or --file"), "\(run)")
            }
        }

        @Test func `a moment, a promise and a removed text are answered in plain words`() throws {
            let early = try drumbeat("declare", "a", "--severity", "minor", "--started-at", "2030")
            #expect(early.ending == .exited(2), "\(early)")
            #expect(
                early.errors.contains(
                    "--started-at must be a date and a time with its zone, such as 2026-01-15T09:50:00Z"),
                "\(early)")
            try declare()
            let late = try drumbeat("update", "1", "--text", "We are looking.", "--next", "5h")
            #expect(
                late.ending == .exited(1)
                    && late.errors.contains("it is at most 16 minutes ahead"), "\(late)")
            let double = try drumbeat("status", "1", "cancelled", "--reason", "duplicate")
            #expect(
                double.ending == .exited(2) && double.errors.contains("needs --duplicate-of"), "\(double)")
            let removed = try drumbeat("impact", "1", "", "--workaround", "Pay by bank transfer")
            #expect(
                removed.output.hasPrefix("INC-1: the workaround is recorded, the impact is removed."),
                "\(removed)")
        }

        @Test func `a refusal says what to do, and a usage error ends with 2`() throws {
            let none = try drumbeat("show")
            #expect(
                none.ending == .exited(1) && none.errors.contains("No incident is open."), "\(none.errors)")
            try declare("one")
            try declare("two")
            let several = try drumbeat("note", "a text")
            #expect(
                several.ending == .exited(1) && several.errors.contains("  INC-1  one"), "\(several.errors)")
            #expect(try drumbeat("show", "INC-9").errors.contains("drumbeat list --state all"))
            let invalid = try drumbeat("note", "1", "a", "--kind", "rumour")
            #expect(invalid.ending == .exited(1) && invalid.errors.contains("--kind: "), "\(invalid.errors)")
            for words in [
                ["declare", "a"], ["note"], ["rollback", "1", "2"], ["approve", "1", "perhaps"],
                ["snooze", "1", "90s", "--reason", "a"], ["role", "1", "scribe"],
                ["follow", "--last", "x"],
                ["update", "1", "-", "--text", "a"], ["list", "--retry", "31s"], ["completion", "csh"],
                ["show", "1", "2"],
            ] {
                let run = try Child.run([Binary.path] + words, in: service.folder.path, service.settings)
                #expect(
                    run.ending == .exited(2) && run.errors.contains("usage: drumbeat \(words[0])"),
                    "\(words) \(run.errors)")
            }

            let token = service.settings["DRUMBEAT_TOKEN"] ?? ""
            service.settings["DRUMBEAT_TOKEN"] = "dbt_unknown"
            let unknown = try drumbeat("list")
            #expect(
                unknown.ending == .exited(1) && unknown.errors.contains("drumbeat token create"),
                "\(unknown.errors)")
            #expect(!unknown.errors.contains("dbt_unknown"))
            service.settings["DRUMBEAT_TOKEN"] = token
            service.settings["DRUMBEAT_URL"] = "http://127.0.0.1:\(try Loopback.closedPort())"
            let unreachable = try drumbeat("note", "1", "a", "--retry", "500ms")
            #expect(unreachable.ending == .exited(1), "\(unreachable.errors)")
            #expect(
                unreachable.errors.contains("Retrying in 0.")
                    && unreachable.errors.contains("Set DRUMBEAT_URL"), "\(unreachable.errors)")
            #expect(!unreachable.errors.contains(token))
        }

        @Test func `others' texts cannot steer a terminal`() throws {
            let answer = try service.caller().post(
                "/v1/incidents", #"{"title": "a\u202eb", "severity": "major", "author": "eve\u200b"}"#)
            #expect(answer?.status == 201, "\(answer?.text ?? "")")
            _ = try service.caller().post(
                "/v1/incidents/INC-1/timeline", #"{"text": "red \u001b[31m\u202e\nINC-1 alice note: forged"}"#
            )
            #expect(try drumbeat("list").output.contains(#"a\u{202E}b"#))
            let noted = try drumbeat("note", "a")
            #expect(noted.errors.contains(#"INC-1 (a\u{202E}b)"#), "\(noted.errors)")
            for run in [
                try drumbeat("show"), try drumbeat("list"), noted,
                try drumbeat("draft", "--audience", "internal"),
            ] {
                #expect(
                    !run.output.unicodeScalars.contains {
                        "\u{1B}\u{202E}\u{200B}".unicodeScalars.contains($0)
                    }, "\(run.output)")
            }
            let follow = try Child([Binary.path, "follow"], in: service.folder.path, service.settings)
            #expect(
                follow.output.line {
                    $0.hasSuffix(#"note: red \u{1B}[31m\u{202E} INC-1 alice note: forged"#)
                } != nil)
            follow.end()
        }

        // The editor.

        private func update(_ editor: String, _ words: String...) throws -> Run {
            try service.folder.write("editor", "#!/bin/sh\n" + editor + "\n", mode: 0o755)
            service.settings["VISUAL"] = "./editor"
            service.settings["EDITOR"] = "false"
            service.settings["TMPDIR"] = service.folder.path
            return try Child.run(
                [Binary.path, "update", "INC-1"] + words, in: service.folder.path, service.settings)
        }

        private var drafts: [String] {
            TemporaryFolder.names(in: service.folder.path).filter { $0.hasPrefix("drumbeat-INC-1-") }
        }

        @Test func `what is saved in the editor is published with the basis of the draft`() throws {
            try declare()
            let run = try update(
                "stat -c %a \"$1\" >mode; echo 'We found it.' >>\"$1\"", "--next", "10", "--author", "bob")
            #expect(
                run.ending == .exited(0)
                    && run.output.hasPrefix("INC-1: public update published as entry 2. "), "\(run.errors)")
            let entry = try #require(try timeline().last)
            #expect(
                entry["text"]?.text?.hasSuffix("We found it.\n") == true && entry["author"]?.text == "bob")
            #expect(entry["data"]?["basis_seq"]?.number == 1)
            #expect(drafts.isEmpty)
            #expect(try text(of: service.folder.file("mode")) == "600\n")
        }

        @Test func `a draft that is left, emptied or not edited publishes nothing, and says so`() throws {
            try declare()
            for (editor, says) in [
                (":", "not changed"), (": >\"$1\"", "emptied"), ("echo ' ' >\"$1\"", "emptied"),
                ("exit 3", "ended with 3"),
                ("kill -9 $$", "ended with 137"),
            ] {
                let run = try update(editor)
                #expect(run.ending == .exited(1) && run.errors.contains(says), "\(editor) \(run.errors)")
                #expect(drafts.isEmpty, "\(editor)")
            }
            service.settings["VISUAL"] = ""
            service.settings["EDITOR"] = ""
            let none = try drumbeat("update", "INC-1")
            #expect(
                none.ending == .exited(1) && none.errors.contains("VISUAL and EDITOR are not set"),
                "\(none.errors)")
            #expect(try timeline().count == 1)
        }

        @Test func `a stale draft is refused with what is new, and the words are kept`() throws {
            try declare()
            let run = try update("'\(Binary.path)' raise 1 critical >/dev/null && echo 'My words.' >\"$1\"")
            #expect(run.ending == .exited(1))
            #expect(run.errors.contains("(stale-draft)"), "\(run.errors)")
            #expect(
                run.errors.contains(
                    "admin severity_raised: admin raised the severity from major to critical"),
                "\(run.errors)")
            let name = try #require(drafts.first)
            #expect(run.errors.contains(service.folder.file(name)), "\(run.errors)")
            #expect(try text(of: service.folder.file(name)) == "My words.\n")
            #expect(try timeline().count == 2)
            for says in ["published as entry 3. ", "was published before as entry 3. "] {
                let again = try drumbeat("update", "INC-1", "-", input: "My words.\n")
                #expect(
                    again.output.hasPrefix("INC-1: public update \(says)"), "\(again.output) \(again.errors)")
            }
        }

        // Retries.

        @Test func `a write that meets a 503 is made again with its key, and is written once`() throws {
            try declare()
            let stub = """
                import http.server, sys, urllib.request
                seen = []
                class Stub(http.server.BaseHTTPRequestHandler):
                    def do_POST(self):
                        body = self.rfile.read(int(self.headers["content-length"]))
                        seen.append(self.headers["idempotency-key"])
                        request = urllib.request.Request(sys.argv[1] + self.path, body, dict(self.headers))
                        answer = urllib.request.urlopen(request).read()
                        # The first one was written, and its answer is lost.
                        status = 503 if len(seen) == 1 else 201
                        self.send_response(status)
                        self.send_header("Retry-After", "0")
                        self.send_header("X-Request-Id", "passed-on")
                        self.send_header("Content-Length", str(len(answer)))
                        self.end_headers()
                        self.wfile.write(answer)
                        print("keys", len(set(seen)), len(seen), flush=True)
                    def log_message(self, *_): pass
                server = http.server.HTTPServer(("127.0.0.1", 0), Stub)
                print("port", server.server_port, flush=True)
                server.serve_forever()
                """
            let child = try Child(
                [Python.plain, "-c", stub, "http://\(service.address)"], in: service.folder.path)
            let port = try #require(child.output.line { $0.hasPrefix("port ") }).dropFirst(5)
            service.settings["DRUMBEAT_URL"] = "http://127.0.0.1:\(port)"
            let run = try drumbeat("note", "INC-1", "once")
            #expect(
                run.ending == .exited(0)
                    && run.output == "INC-1: note recorded as entry 2. drumbeat show INC-1\n", "\(run.errors)"
            )
            #expect(run.errors.contains("The service answered 503. Retrying in 0."), "\(run.errors)")
            #expect(
                child.output.line { $0 == "keys 1 2" } != nil, "\(child.output.text) \(child.errors.text)")
            #expect(try timeline().count == 2)
            child.end()
        }

        // Following.

        @Test func `follow shows what is recorded, also after a restart of the service`() throws {
            try declare()
            let follow = try Child(
                [Binary.path, "follow", "--last", "1"], in: service.folder.path, service.settings)
            #expect(
                follow.output.line { $0.hasPrefix("INC-1 major investigating: People") } != nil,
                "\(follow.errors.text)")
            #expect(follow.output.line { $0.contains(" declared: ") } != nil, "\(follow.output.text)")
            _ = try drumbeat("note", "first")
            #expect(follow.output.line { $0.hasSuffix(" admin note: first") } != nil, "\(follow.output.text)")

            service.settings["DRUMBEAT_LISTEN"] = service.address
            service.kill()
            #expect(follow.errors.line { $0.contains("Connecting again in ") } != nil)
            try service.start()
            _ = try service.caller().post("/v1/incidents/INC-1/timeline", #"{"text": "second"}"#)
            #expect(
                follow.output.line(within: .seconds(40)) { $0.hasSuffix(" admin note: second") } != nil,
                "\(follow.errors.text)")
            #expect(follow.output.text.split(separator: "\n").count { $0.hasSuffix(": first") } == 1)
            #expect(!follow.output.text.contains("\u{1B}"))
            follow.signal(SIGINT)
            #expect(follow.wait() == .killed(by: SIGINT))
        }

        @Test func `follow goes on after a graceful stop, and ends with the refusal of its token`() throws {
            try declare()
            let made = try drumbeat("token", "create", "--name", "reader", "--scope", "read")
            let admin = service.settings["DRUMBEAT_TOKEN"]
            service.settings["DRUMBEAT_TOKEN"] = made.output.split(separator: "\n").first.map(String.init)
            // Reading needs no more than `read`, once the service has seen the token.
            #expect(try becomes { try drumbeat("show", "INC-1").ending == .exited(0) })
            let follow = try Child(
                [Binary.path, "follow", "INC-1"], in: service.folder.path, service.settings)
            #expect(follow.output.line { $0.contains(" declared: ") } != nil, "\(follow.errors.text)")
            service.settings["DRUMBEAT_TOKEN"] = admin
            service.settings["DRUMBEAT_LISTEN"] = service.address
            #expect(try service.stop() == .exited(0))
            try service.start()
            _ = try drumbeat("note", "1", "after the stop")
            #expect(
                follow.output.line(within: .seconds(40)) { $0.hasSuffix(" admin note: after the stop") }
                    != nil,
                "\(follow.errors.text)")
            #expect(follow.errors.text.contains("Connecting again in "))
            #expect(try drumbeat("token", "revoke", "reader").ending == .exited(0))
            #expect(follow.wait(within: .seconds(40)) == .exited(1))
            #expect(follow.errors.text.contains("drumbeat token create"), "\(follow.errors.text)")
        }

        @Test func `follow --json prints an entry a line, and ends when its reader goes away`() throws {
            try declare()
            for number in 1...3 { _ = try drumbeat("note", "1", "note \(number)") }
            let follow = try Child(
                ["sh", "-c", "'\(Binary.path)' follow 1 --json | head -n 2"], in: service.folder.path,
                service.settings)
            #expect(follow.wait() == .exited(0))
            let lines = follow.output.text.split(separator: "\n")
            #expect(
                lines.count == 2 && lines.allSatisfy { (try? JSONReader.read(Array($0.utf8)))?["seq"] != nil }
            )
        }

        @Test func `on a terminal follow counts down, and Ctrl-C leaves the line clean`() throws {
            try declare()
            let script = """
                start(*sys.argv[1:])
                until(rb"Next status update in 0\\d:\\d\\d")
                until(rb"(?s)in 0\\d:\\d\\d.*\\r\\x1b\\[KNext status update in 0\\d:\\d\\d")
                os.write(terminal, b"\\x03")
                status = finish()
                print(seen.endswith(b"\\r\\x1b[K"), os.WTERMSIG(status) == signal.SIGINT)
                """
            let run = try Child.run(
                [Python.plain, "-c", Python.terminal + script, Binary.path, "follow", "INC-1"],
                in: service.folder.path,
                service.settings)
            #expect(run.output == "True True\n", "\(run.output) \(run.errors)")
        }

        @Test func `every command of the overview is one`() throws {
            let overview = try drumbeat("--help").output
            let names = overview.split(separator: "\n").compactMap { line -> String? in
                guard line.hasPrefix("  "), !line.hasPrefix("  -") else { return nil }
                return line.split(separator: " ").first.map(String.init)
            }
            #expect(names.count >= 20, "\(names)")
            for name in names {
                let help = try drumbeat(name, "--help")
                #expect(
                    help.ending == .exited(0) && help.output.hasPrefix("usage: drumbeat \(name)"), "\(name)")
            }
        }

        @Test func `the manual page and the completions come from the binary`() throws {
            let page = try drumbeat("man")
            #expect(page.ending == .exited(0) && page.output.hasPrefix(".TH DRUMBEAT 1 "))
            for shell in ["bash", "zsh", "fish"] {
                #expect(try drumbeat("completion", shell).output.contains("nothing-new"))
            }
        }
    }
}
