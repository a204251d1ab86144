import Glibc
import TestSupport
import Testing

extension Binary {
    /// The commands, as someone at a terminal or a script meets them.
    @Suite(.serialized) struct CommandTests {
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat()
        }

        @Test func `help and version go to standard output and end with 0`() throws {
            for word in ["--help", "help", "-h"] {
                let help = try service.command(word)
                #expect(help.ending == .exited(0) && help.errors == "")
                #expect(help.output.contains("usage: drumbeat COMMAND"))
            }
            for flag in ["--version", "-v", "version"] {
                let version = try service.command(flag)
                #expect(version.ending == .exited(0) && version.output.hasPrefix("drumbeat "))
            }
        }

        @Test(arguments: ["serve", "migrate", "token", "verify", "healthcheck", "config"])
        func `every command has help`(name: String) throws {
            #expect(try service.command("--help").output.contains("\n  \(name) "))
            let help = try service.command(name, "--help")
            #expect(help.ending == .exited(0) && help.errors == "")
            #expect(help.output.hasPrefix("usage: drumbeat \(name)"))
            #expect(try service.command("help", name).output == help.output)
        }

        @Test func `a misspelt command is guessed on the last line`() throws {
            #expect(try service.command("declear").errors.hasSuffix("\nDid you mean drumbeat declare?\n"))
            #expect(try service.command("xyzzy").errors.contains("Did you mean") == false)
        }

        @Test(arguments: [
            ["note"], ["declare", "a"], ["serve", "--nope"], ["token", "create"], ["declear"],
        ])
        func `a wrong call is answered in a few lines, with what is wrong first`(arguments: [String]) throws {
            let run = try Child.run([Binary.path] + arguments, in: service.folder.path, service.settings)
            let lines = run.errors.split(separator: "\n")
            #expect(run.ending == .exited(2) && lines.count <= 5, "\(run.errors)")
            #expect(lines.first?.hasPrefix("drumbeat") == true && run.errors.contains("drumbeat help"))
        }

        @Test(arguments: [
            [], ["nope"], ["help", "nope"], ["serve", "--nope"], ["serve", "more"], ["migrate", "--all"],
            ["token"],
            ["token", "create"], ["token", "create", "--name", "a"],
            ["token", "create", "--name", "a", "--scope", "all"],
            ["token", "create", "--name", "a\nb", "--scope", "read"], ["token", "revoke"],
            ["verify", "a", "b"],
            ["config"], ["config", "show"], ["healthcheck", "--now"],
        ])
        func `a call that is wrong ends with 2 and says how to call`(arguments: [String]) throws {
            let run = try Child.run([Binary.path] + arguments, in: service.folder.path, service.settings)
            #expect(run.ending == .exited(2), "\(run.errors)")
            #expect(run.output == "")
            #expect(run.errors.contains("usage: drumbeat"))
            #expect(look(at: service.database) == nil)
        }

        @Test func `without /proc, from which a program has its arguments, it says so`() throws {
            let run = try Child.run(
                [
                    "strace", "-o", "/dev/null", "-e", "trace=openat", "-P", "/proc/self/maps", "-P",
                    "/proc/self/cmdline", "-e", "inject=openat:error=ENOENT", Binary.path, "--version",
                ], in: service.folder.path)
            #expect(run.ending == .exited(1))
            #expect(run.output == "")
            #expect(run.errors.contains("mount -t proc proc /proc"), "\(run.errors)")
        }

        @Test func `flags before the command end with 2 and say where they go`() throws {
            let run = try service.command("--database", "sqlite:x.db", "serve")
            #expect(run.ending == .exited(2))
            #expect(
                run.errors.contains("flags come after the command: drumbeat serve --database"),
                "\(run.errors)")
        }

        @Test func `the help of token says which database it opens`() throws {
            let help = try service.command("token", "--help").output
            for word in ["--database", "--config", "config check"] { #expect(help.contains(word), "\(help)") }
        }

        /// As libfaketime does. Swift's runtime does not find the arguments then.
        @Test func `a preloaded library that sets variables hides no arguments`() throws {
            let library = try Preload.library(
                """
                #include <stdlib.h>
                __attribute__((constructor)) static void begin(void) {
                    setenv("SET_BY_A_LIBRARY", "1", 1);
                    setenv("SET_BY_A_LIBRARY_TOO", "1", 1);
                }
                """, in: service.folder)
            let run = try Child.run(
                [Binary.path, "--version"], in: service.folder.path, ["LD_PRELOAD": library])
            #expect(run.ending == .exited(0), "\(run.errors)")
            #expect(run.output.hasPrefix("drumbeat "), "\(run.output)")
        }

        @Test func `an unknown flag ends with 2 and says where the known ones are listed`() throws {
            let run = try Child.run(
                [Binary.path, "serve", "--intervall", "3m"], in: service.folder.path, service.settings)
            #expect(run.ending == .exited(2))
            #expect(run.errors.contains("unknown flag --intervall"), "\(run.errors)")
            #expect(run.errors.contains("drumbeat config check"), "\(run.errors)")
        }

        @Test func `a bad value ends with 78 and names file, line, key, value and what is allowed`() throws {
            let file = try service.folder.write("drumbeat.conf", "# ours\nDRUMBEAT_INTERVAL=soon\n")
            let run = try service.command("serve", "--config", file)
            #expect(run.ending == .exited(78))
            for word in ["drumbeat.conf", "line 2", "DRUMBEAT_INTERVAL", "soon", "15m"] {
                #expect(run.errors.contains(word), "\(word) is missing: \(run.errors)")
            }
            try service.folder.write("drumbeat.conf", "DRUMBEAT_INTERVALL=5m\n")
            let unknown = try service.command("config", "check", "--config", file)
            #expect(unknown.ending == .exited(78))
            #expect(unknown.errors.contains("line 1") && unknown.errors.contains("DRUMBEAT_INTERVAL?"))
            #expect(try service.command("serve", "--config", "nowhere.conf").ending == .exited(78))
            #expect(try service.command("serve", "--interval").ending == .exited(78))
            service.settings["DRUMBEAT_NAG_MAX"] = "+5"
            let environment = try service.command("config", "check")
            #expect(environment.ending == .exited(78))
            #expect(
                environment.errors.contains("environment")
                    && environment.errors.contains("DRUMBEAT_NAG_MAX=+5"))
        }

        @Test func `config check lists each key with its value and where that comes from, in lines to paste`()
            throws
        {
            try service.folder.write("drumbeat.conf", "DRUMBEAT_INTERVAL=7m\r\n")
            service.settings["DRUMBEAT_DUE_SOON"] = "1m"
            let run = try service.command("config", "check", "--config", "drumbeat.conf", "--nag-max", "3")
            #expect(run.ending == .exited(0), "\(run.errors)")
            let lines = run.output.split(separator: "\n").map(String.init)
            #expect(lines.first == "# The configuration file is drumbeat.conf.")
            #expect(lines.allSatisfy { $0.hasPrefix("DRUMBEAT_") || $0.hasPrefix("#") })
            for (line, origin) in [
                ("DRUMBEAT_INTERVAL=7m", "(drumbeat.conf line 1)"), ("DRUMBEAT_DUE_SOON=1m", "(environment)"),
                ("DRUMBEAT_NAG_MAX=3", "(--nag-max)"), ("DRUMBEAT_FIRST_UPDATE=5m", "(default)"),
                ("#DRUMBEAT_PUBLIC_URL=", "(default: from DRUMBEAT_LISTEN)"),
            ] {
                let index = try #require(lines.firstIndex(of: line), "\(line) is missing: \(run.output)")
                #expect(lines[index - 1].hasPrefix("# ") && lines[index - 1].hasSuffix(origin))
            }
            // A configuration file of what was printed says the same.
            try service.folder.write("again.conf", run.output)
            service.settings["DRUMBEAT_DUE_SOON"] = nil
            let again = try service.command("config", "check", "--config", "again.conf")
            #expect(again.ending == .exited(0), "\(again.errors)")
            let values = { (text: String) in text.split(separator: "\n").filter { $0.hasPrefix("DRUMBEAT_") }
            }
            #expect(values(again.output) == values(run.output))
            let quiet = try service.command("config", "check", "--quiet")
            #expect(quiet.ending == .exited(0) && quiet.output == "")
            #expect(
                try service.command("config", "check").output.hasPrefix("# There is no configuration file"))
            #expect(look(at: service.database) == nil, "config check made a database")
        }

        @Test
        func `healthcheck says when the service wants another host name, and sends nothing but a token`()
            throws
        {
            service.settings["DRUMBEAT_HOSTS"] = "drumbeat.example"
            try service.start()
            service.settings["DRUMBEAT_LISTEN"] = service.address
            #expect(try service.command("healthcheck").ending == .exited(0))
            service.settings["DRUMBEAT_HOSTS"] = nil
            let refused = try service.command("healthcheck")
            #expect(refused.ending == .exited(1))
            #expect(
                refused.errors.contains("DRUMBEAT_HOSTS") && refused.errors.contains("no configuration file"),
                "\(refused.errors)")
            try service.folder.write("config.conf", "DRUMBEAT_HOSTS=drumbeat.example\n")
            #expect(try service.command("healthcheck", "--config", "config.conf").ending == .exited(0))

            let stranger = try Receiver.accepting()
            try service.folder.write("secret", "root-only-secret\n", mode: 0o600)
            service.settings["DRUMBEAT_LISTEN"] = "127.0.0.1:\(stranger.port)"
            for (file, isSent) in [("secret", false), ("token", true)] {
                service.settings["DRUMBEAT_ADMIN_TOKEN_FILE"] = file
                _ = try service.command("healthcheck")
                let request = try #require(stranger.next(within: Deadline.usual))
                #expect((request.header("authorization") != nil) == isSent, "\(file): \(request.head)")
            }
        }

        @Test func `an unknown variable in the environment only warns`() throws {
            service.settings["DRUMBEAT_FRIST_UPDATE"] = "1m"
            service.settings["DRUMBEAT_URL"] = "http://127.0.0.1:1"
            try service.start()
            #expect(
                service.log.contains("DRUMBEAT_FRIST_UPDATE")
                    && service.log.contains("DRUMBEAT_FIRST_UPDATE?"))
            #expect(!service.log.contains("DRUMBEAT_URL"))
        }

        @Test func `tokens made and revoked beside a running service are seen within two seconds`() throws {
            try service.start()
            var caller = try service.caller()
            let made = try service.command("token", "create", "--name", "slack\u{202E}bot", "--scope", "post")
            #expect(made.ending == .exited(0), "\(made.errors)")
            let secret = try #require(made.output.split(separator: "\n").first.map(String.init))
            #expect(made.output == secret + "\n" && secret.hasPrefix("dbt_"))
            let id = try #require(made.errors.split(separator: " ").first.map(String.init))

            let admin = caller
            caller.token = secret
            #expect(becomes(within: .seconds(2)) { caller.get("/v1/incidents")?.status == 200 })
            #expect(caller.post("/v1/incidents", #"{"title": "a", "severity": "minor"}"#)?.status == 403)
            let list = try service.command("token", "list")
            // What turns a line around is shown, not obeyed.
            #expect(list.output.hasPrefix("id\tscope\tcreated\texpires\tlast used\tstate\tname\n"))
            #expect(list.output.contains("\(id)\tpost\t") && list.output.contains(#"slack\u{202E}bot"#))
            #expect(made.errors.contains(#"(slack\u{202E}bot, post)"#))
            #expect(!list.output.contains("dbt_"))

            #expect(try service.command("token", "revoke", id).ending == .exited(0))
            // 429 once the limit on wrong tokens is met, which asking again every 20 ms does.
            #expect(
                becomes(within: .seconds(2)) { [401, 429].contains(caller.get("/v1/incidents")?.status) })
            #expect(try service.command("token", "revoke", id).ending == .exited(1))
            #expect(try service.command("token", "list").output.contains("\trevoked\t"))
            #expect(admin.get("/v1/incidents")?.status == 200)
        }

        @Test func `a new token works at once, so that a script may go on with it`() throws {
            try service.start()
            service.settings["DRUMBEAT_LISTEN"] = service.address
            var caller = try service.caller()
            for number in 1...3 {
                let made = try service.command(
                    "token", "create", "--name", "script \(number)", "--scope", "read")
                #expect(made.errors.contains("The running service accepts it."), "\(made.errors)")
                caller.token = made.output.split(separator: "\n").first.map(String.init)
                #expect(caller.get("/v1/incidents")?.status == 200)
            }
        }

        @Test func `a token ends when it was created to, is revoked by name, and has a name of its own`()
            throws
        {
            try service.start()
            let short = try service.command(
                "token", "create", "--name", "short", "--scope", "read", "--expires", "2s")
            #expect(short.ending == .exited(0), "\(short.errors)")
            var caller = try service.caller()
            let admin = caller
            caller.token = short.output.split(separator: "\n").first.map(String.init)
            #expect(becomes(within: .seconds(2)) { caller.get("/v1/me")?.status == 200 })
            #expect(becomes(within: .seconds(4)) { [401, 429].contains(caller.get("/v1/me")?.status) })
            #expect(try service.command("token", "list").output.contains("\texpired\tshort\n"))

            let create = ["token", "create", "--scope", "read", "--name"]
            func run(_ arguments: [String]) throws -> (ending: Child.Ending, output: String, errors: String) {
                try Child.run([Binary.path] + arguments, in: service.folder.path, service.settings)
            }
            #expect(try run(create + ["bot", "--expires", "90d"]).ending == .exited(0))
            let second = try run(create + ["Bot"])
            #expect(second.ending == .exited(1) && second.output.isEmpty)
            #expect(second.errors.contains("has the name bot"), "\(second.errors)")
            #expect(try run(["token", "revoke", "bot"]).ending == .exited(0))
            #expect(try run(["token", "revoke", "bot"]).ending == .exited(1))
            #expect(try run(create + ["bot", "--expires", "2099-12-31T00:00:00Z"]).ending == .exited(0))
            func newest() -> String? {
                admin.get("/v1/tokens")?.json?["items"]?.items?.first {
                    $0["name"]?.text == "bot" && $0["revoked_at"] == .null
                }?["id"]?.text
            }
            #expect(becomes(within: .seconds(2)) { newest() != nil })
            let id = try #require(newest())
            #expect(admin.post("/v1/tokens/\(id)/rotate", #"{"overlap_minutes": 5}"#)?.status == 201)
            let both = try run(["token", "revoke", "bot"])
            #expect(both.ending == .exited(1) && both.errors.contains(id), "\(both.errors)")
            #expect(try run(["token", "revoke", id]).ending == .exited(0))
            for bad in ["0s", "90", "2020-01-01T00:00:00Z", "tomorrow"] {
                #expect(try run(create + ["late", "--expires", bad]).ending == .exited(2), "\(bad)")
            }
        }

        @Test func `token without a database makes none and says what to do`() throws {
            let run = try service.command("token", "create", "--name", "a", "--scope", "read")
            #expect(run.ending == .exited(1) && run.output == "")
            #expect(run.errors.contains("drumbeat.db"), "\(run.errors)")
            #expect(look(at: service.database) == nil)
        }

        @Test func `migrate --check changes nothing, migrate brings the database up to date`() throws {
            _ = try service.command("migrate", "--check")
            #expect(look(at: service.database) == nil, "--check made a database")
            #expect(try service.command("migrate").ending == .exited(0))
            let check = try service.command("migrate", "--check")
            #expect(check.ending == .exited(0) && check.output.contains("up to date"))
            try service.start()
            #expect(try service.command("migrate", "--check").ending == .exited(0))
            #expect(try service.command("migrate").ending == .exited(1), "serve holds the lock")
        }

        @Test func `verify accepts what was written, and names the first entry that was changed`() throws {
            try service.start()
            let incident = try service.declare()
            for number in 1...4 {
                _ = try service.caller().post(
                    "/v1/incidents/\(incident)/timeline", #"{"text": "note \#(number)"}"#)
            }
            let beside = try service.command("verify")
            #expect(beside.ending == .exited(0), "\(beside.errors)")
            #expect(beside.output.contains("verified 1 incident, 5 entries"))
            #expect(try service.stop() == .exited(0))

            let copy = service.folder.file("copy.db")
            let run = try Child.run(["cp", "-p", service.database, copy], in: service.folder.path)
            #expect(run.ending == .exited(0))
            #expect(try service.command("verify", copy).ending == .exited(0))
            try Python.change(copy, "UPDATE entries SET author = 'mallory' WHERE seq = 3")
            let damaged = try service.command("verify", copy)
            #expect(damaged.ending == .exited(1))
            #expect(damaged.errors.contains("INC-1 seq 3"), "\(damaged.errors)")
            #expect(try service.command("verify").ending == .exited(0))
            #expect(try service.command("verify", "nowhere.db").ending == .exited(1))
        }

        @Test func `healthcheck sends nothing but a token, and takes no settings that others may change`()
            throws
        {
            let receiver = try Receiver.accepting()
            service.settings["DRUMBEAT_LISTEN"] = "127.0.0.1:\(receiver.port)"
            _ = try service.folder.write("token", "root:secret:19000\n")
            _ = try service.command("healthcheck")
            let request = try #require(receiver.next(within: .seconds(10)))
            #expect(request.head.first?.hasPrefix("GET /readyz ") == true)
            #expect(request.header("authorization") == nil)

            _ = try service.folder.write("config/drumbeat.conf", "DRUMBEAT_LOG_LEVEL=info\n", mode: 0o666)
            let refused = try service.command("healthcheck")
            #expect(refused.ending == .exited(1) && refused.errors.contains("config/drumbeat.conf"))
            #expect(receiver.connections == 1)
        }

        @Test func `a FIFO as the token's file stops the start at once`() throws {
            #expect(mkfifo(service.folder.file("token"), 0o600) == 0)
            let serve = try service.command("serve")
            #expect(serve.ending == .exited(78), "\(serve.errors)")
            #expect(serve.errors.contains("Not a regular file"))
        }

        @Test func `healthcheck tells ready from not`() throws {
            let closed = "127.0.0.1:\(try Loopback.closedPort())"
            service.settings["DRUMBEAT_LISTEN"] = "127.0.0.1:\(try Loopback.closedPort())"
            let nobody = try service.command("healthcheck")
            #expect(nobody.ending == .exited(1) && nobody.errors.contains("DRUMBEAT_LISTEN"))
            try service.start()
            let ready = try service.command("healthcheck")
            #expect(ready.ending == .exited(0), "\(ready.errors)")
            #expect(try service.command("healthcheck", "--listen", service.address).ending == .exited(0))
            for name in ["http_proxy", "all_proxy"] { service.settings[name] = "http://\(closed)" }
            #expect(try service.command("healthcheck").ending == .exited(0), "no proxy is asked")
            let locker = try Python.lock(service.database)
            _ = try service.caller().post("/v1/incidents", #"{"title": "a", "severity": "minor"}"#)
            #expect(try service.command("healthcheck").ending == .exited(1))
            locker.closeInput()
            #expect(try becomes { try service.command("healthcheck").ending == .exited(0) })
        }
    }
}
