import JSON
import TestSupport
import Testing

extension Binary {
    /// The commands that amend entries and show what is open.
    @Suite(.serialized) struct ScribeCommandTests {
        let service: Drumbeat

        init() throws {
            service = try Drumbeat()
            try service.start()
            let token = try text(of: service.folder.file("token")).split(separator: "\n").first
            service.settings["DRUMBEAT_URL"] = "http://\(service.address)"
            service.settings["DRUMBEAT_TOKEN"] = token.map(String.init)
            service.settings["HOME"] = service.folder.path
            _ = try service.declare()
        }

        private func drumbeat(_ arguments: String...) throws -> (
            ending: Child.Ending, output: String, errors: String
        ) {
            try Child.run([Binary.path] + arguments, in: service.folder.path, service.settings)
        }

        /// The number of a new entry.
        private func note(_ kind: String, _ more: String...) throws -> String {
            let run = try Child.run(
                [Binary.path, "note", "INC-1", "a text", "--kind", kind, "--json"] + more,
                in: service.folder.path, service.settings)
            let answer = try JSONReader.read(Array(run.output.utf8), limits: .stored)
            guard case .integer(let seq) = try #require(answer["seq"], "\(run.errors)") else { return "?" }
            return String(seq)
        }

        private func entry(_ seq: String) throws -> JSONValue? {
            try service.caller().get("/v1/incidents/INC-1/timeline/\(seq)")?.json
        }

        @Test(arguments: [
            ("finding", [], "confirmed", "confirmed", "true"),
            ("hypothesis", [], "confirmed", "state", "confirmed"),
            ("hypothesis", ["--ruled-out"], "ruled out", "state", "ruled_out"),
            ("todo", [], "done", "state", "done"), ("todo", ["--done"], "done", "state", "done"),
            ("todo", ["--dropped"], "dropped", "state", "dropped"),
            ("change", ["--incomplete"], "not complete", "complete", "false"),
            ("finding", ["--public"], "confirmed and public", "visibility", "public"),
            ("note", ["--public"], "public", "visibility", "public"),
        ])
        func `an entry turns out as its kind can`(
            kind: String, flags: [String], says: String, member: String, value: String
        ) throws {
            let seq = try note(kind)
            let words = [Binary.path, "confirm", "INC-1", seq] + flags
            let run = try Child.run(words, in: service.folder.path, service.settings)
            #expect(run.output == "INC-1: entry \(seq) is \(says). drumbeat show INC-1\n", "\(run)")
            let became = try #require(try entry(seq)?["became"]?[member])
            switch became {
            case .bool(let isSo): #expect("\(isSo)" == value)
            default: #expect(became.text == value)
            }
            let again = try Child.run(words, in: service.folder.path, service.settings)
            #expect(
                again.output == "INC-1: entry \(seq) is already \(says). drumbeat show INC-1\n", "\(again)")
        }

        @Test func `a change is complete until it is said not to be`() throws {
            let seq = try note("change")
            for (flags, says) in [
                ([], "already complete"), (["--incomplete"], "not complete"), ([], "complete"),
            ] {
                let run = try Child.run(
                    [Binary.path, "confirm", "INC-1", seq] + flags, in: service.folder.path, service.settings)
                #expect(run.output == "INC-1: entry \(seq) is \(says). drumbeat show INC-1\n", "\(run)")
            }
        }

        @Test func `what cannot be confirmed is refused`() throws {
            let seq = try note("note")
            let run = try drumbeat("confirm", "INC-1", seq)
            #expect(run.ending == .exited(1) && run.errors.contains("only be made public"), "\(run)")
            for words in [
                ["confirm", "INC-1"], ["confirm", "INC-1", "x"], ["confirm", "INC-1", "0"],
                ["confirm", "INC-1", seq, "--done", "--dropped"], ["correct", "INC-1", seq],
                ["next", "INC-1"], ["next", "INC-1", "a", "--clear"],
                ["next", "INC-1", "--clear", "--owner", "bob"],
            ] {
                let run = try Child.run([Binary.path] + words, in: service.folder.path, service.settings)
                #expect(run.ending == .exited(2), "\(words) \(run)")
            }
        }

        @Test func `a text is corrected, then the entry is withdrawn`() throws {
            let seq = try note("finding")
            let corrected = try drumbeat("correct", "INC-1", seq, "another text", "--author", "erin")
            #expect(
                corrected.output.hasPrefix("INC-1: entry \(seq) is corrected by entry "), "\(corrected)")
            let withdrawn = try drumbeat("correct", "INC-1", seq, "not so", "--withdraw")
            #expect(
                withdrawn.output.hasPrefix("INC-1: entry \(seq) is withdrawn by entry "), "\(withdrawn)")
            let corrections = try #require(try entry(seq)?["corrections"]?.items)
            #expect(corrections.map { $0["text"]?.text } == ["another text", "not so"])
            #expect(corrections.map { $0["withdraws"] } == [.bool(false), .bool(true)])
        }

        @Test func `todos have an owner and a time until they are done, and the next action is said`() throws
        {
            #expect(try drumbeat("todos", "INC-1").errors.contains("nothing is to be done"))
            let seq = try note("todo", "--owner", "bob", "--minutes", "20")
            _ = try drumbeat("correct", "INC-1", seq, "call the provider")
            let listed = try drumbeat("todos", "INC-1")
            #expect(
                listed.output.hasPrefix("\(seq) ") && listed.output.contains(", in ")
                    && listed.output.hasSuffix("  call the provider (bob)\n"), "\(listed)")
            _ = try drumbeat("confirm", "INC-1", seq)
            #expect(try drumbeat("todos", "INC-1").output.isEmpty)

            let next = try drumbeat("next", "INC-1", "restart the database", "--owner", "bob")
            #expect(next.output.hasPrefix("INC-1: the next action is recorded. "), "\(next)")
            #expect(try drumbeat("show", "INC-1").output.contains("Next action: restart the database (bob)"))
            let cleared = try drumbeat("next", "--clear")
            #expect(cleared.output.hasPrefix("INC-1: the next action is removed. "), "\(cleared)")
            #expect(try drumbeat("show", "INC-1").output.contains("Next action: not recorded"))
        }

        @Test func `the deploys before an incident are its context`() throws {
            #expect(try drumbeat("context", "INC-1").errors.contains("no deploy before INC-1"))
            _ = try drumbeat("lift", "INC-1")
            let attempt = try service.caller().post(
                "/v1/freeze/attempts", #"{"scope": "web", "what": "2.15"}"#)
            #expect(attempt?.status == 200, "\(attempt?.text ?? "")")
            _ = try drumbeat("declare", "again", "--severity", "major", "--label", "service=web")
            let shown = try drumbeat("context", "INC-2")
            #expect(shown.output.contains(" of web by admin: 2.15\n"), "\(shown)")
            #expect(try drumbeat("context", "INC-2", "--json").output.contains(#""deploys":"#))
        }
    }
}
