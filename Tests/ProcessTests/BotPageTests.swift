import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// The bot of docs/for-bots.md, as it stands there, while everything around it goes down.
    @Suite(.serialized) struct BotPageTests {
        private static let messages = 120

        private let service: Drumbeat
        private let token: String

        init() throws {
            service = try Drumbeat()
            try service.start()
            // Its clients must find it again.
            service.settings["DRUMBEAT_LISTEN"] = service.address
            let made = try service.command("token", "create", "--name", "slackbot", "--scope", "post")
            token = String(try #require(made.output.split(separator: "\n").last))
            let known = try #require(Caller(service.address, token: token))
            try #require(becomes { known.get("/v1/incidents")?.status == 200 })
            try service.folder.write("bot.py", Page("docs/for-bots.md").file("bot.py"))
        }

        private func startBot() throws -> Child {
            try Child(
                ["python3", "bot.py"], in: service.folder.path,
                ["DRUMBEAT_URL": "http://\(service.address)", "DRUMBEAT_TOKEN": token])
        }

        private func message(_ number: Int, incident: String = "INC-1") -> String {
            #"{"incident": "\#(incident)", "text": "message \#(number)", "author": "carol", "source": {"system": "chat", "ref": "\#(number)"}}"#
                + "\n"
        }

        /// Gives the bot messages as a chat does: one is settled when the bot says that it has it.
        private func feed(_ bot: Child, _ numbers: ClosedRange<Int>) throws {
            for number in numbers { bot.write(message(number)) }
            let last = bot.output.line { $0 == "kept \(numbers.upperBound)" }
            try #require(last != nil, "the bot has not kept \(numbers.upperBound): \(bot.errors.text)")
        }

        @Test(.timeLimit(.minutes(2)))
        func `every message is recorded once and in order, whichever process was killed in between`() throws {
            _ = try service.declare()
            var bot = try startBot()
            try feed(bot, 1...20)
            // Among those that are being posted, somewhere.
            service.kill()
            try feed(bot, 21...50)
            try #require(bot.errors.line { $0.hasPrefix("503") && $0.contains("refused") } != nil)
            // The chat gives a new bot again what it is not sure of.
            bot.end()
            bot = try startBot()
            try feed(bot, 41...60)
            try service.start()
            let caller = try service.caller()
            try #require(becomes { try count(caller) > 20 }, "\(bot.errors.text)")

            let locker = try Python.lock(service.database)
            try feed(bot, 61...80)
            try #require(bot.errors.line { $0.contains("storage-unavailable") } != nil, "\(bot.errors.text)")
            locker.closeInput()
            // Killed at the answer: what it committed is stored, and no one was told.
            try #require(becomes { try count(caller) >= 80 }, "\(bot.errors.text)")
            #expect(try service.stop() == .exited(0))
            let killer = [
                "strace", "-D", "-f", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
                "inject=fdatasync:signal=KILL:when=8",
            ]
            try service.start(behind: killer)
            try feed(bot, 81...100)
            #expect(service.child?.wait() == .killed(by: SIGKILL))
            try service.start()
            try feed(bot, 95...Self.messages)
            bot.closeInput()
            #expect(bot.wait(within: .seconds(40)) == .exited(0), "\(bot.errors.text)")

            let expected = (1...Self.messages).map { "message \($0)" }
            #expect(try notes(service.caller()) == expected, "\(bot.errors.text)")
            let verified = try service.command("verify")
            #expect(verified.ending == .exited(0), "\(verified.errors)")
        }

        @Test func `a message that is refused for good is put aside with its reason, and delays nothing`()
            throws
        {
            _ = try service.declare()
            let bot = try startBot()
            bot.write(message(1).replacing("message 1", with: "") + message(2))
            bot.closeInput()
            #expect(bot.wait() == .exited(0), "\(bot.errors.text)")
            #expect(bot.errors.text.hasPrefix("422 "), "\(bot.errors.text)")
            #expect(try notes(service.caller()) == ["message 2"])
            #expect(try spooled() == "INC-1 422 None\n")
        }

        @Test func `messages that arrive before the declaration wait for it, and delay no other incident`()
            throws
        {
            _ = try service.declare()
            let bot = try startBot()
            bot.write(message(1, incident: "INC-2") + message(2, incident: "INC-2") + message(3))
            bot.closeInput()
            #expect(bot.wait() == .exited(0), "\(bot.errors.text)")
            #expect(bot.errors.text.hasPrefix("404 "), "\(bot.errors.text)")
            #expect(try notes(service.caller()) == ["message 3"])
            #expect(try spooled().hasPrefix("INC-2 404 "))
            _ = try service.declare()
            let again = try startBot()
            again.closeInput()
            #expect(again.wait() == .exited(0), "\(again.errors.text)")
            #expect(try notes(service.caller(), "INC-2") == ["message 1", "message 2"])
            #expect(try spooled() == "")
        }

        @Test func `half an emoji is repaired and the message kept`() throws {
            _ = try service.declare()
            let bot = try startBot()
            bot.write(message(1).replacing("message 1", with: #"full \ud83d, \ud83d\ude00 \udc00"#))
            bot.closeInput()
            #expect(bot.wait() == .exited(0), "\(bot.errors.text)")
            #expect(try notes(service.caller()) == ["full \u{FFFD}, 😀 \u{FFFD}"])
        }

        @Test func `the longest message is recorded whole, and only bodies with a text may be so long`()
            throws
        {
            _ = try service.declare()
            let longest = String(repeating: "🔥", count: 65_536)
            let bot = try startBot()
            bot.write(
                message(1).replacing("message 1", with: longest + "x")
                    + message(2).replacing("message 2", with: longest))
            bot.closeInput()
            #expect(bot.wait() == .exited(0), "\(bot.errors.text.prefix(500))")
            #expect(try notes(service.caller()) == [longest])
            #expect(try spooled() == "INC-1 422 None\n")
            let caller = try service.caller()
            #expect(caller.post("/v1/incidents", #"{"title": "\#(longest)"}"#)?.status == 413)
            let tooLong = String(repeating: "x", count: 1 << 20)
            #expect(
                caller.post("/v1/incidents/INC-1/status-updates", #"{"text": "\#(tooLong)"}"#)?.status == 413)
        }

        /// What the bot still has: incident, last status, and when it is due.
        private func spooled() throws -> String {
            let script =
                "import sqlite3\nfor row in sqlite3.connect('spool.db').execute('SELECT incident, status, due FROM spool'): print(*row)"
            return try Child.run(["python3", "-c", script], in: service.folder.path).output
        }

        private func count(_ caller: Caller) throws -> Int {
            try notes(caller).count
        }

        private func notes(_ caller: Caller, _ incident: String = "INC-1") throws -> [String] {
            let answer = try #require(caller.get("/v1/incidents/\(incident)/timeline?kind=note&limit=200"))
            return try #require(answer.json?["items"]?.items, "\(answer.text)").compactMap {
                $0["text"]?.text
            }
        }
    }
}
