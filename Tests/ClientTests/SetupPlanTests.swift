import JSON
import TestSupport
import Testing

@testable import Client

struct SetupPlanTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Gives one answer after the other, and keeps the questions.
    private final class Person {
        var asked: [SetupQuestion] = []
        private var answers: [String]

        init(_ answers: [String]) { self.answers = answers }

        var asker: SetupAsker {
            SetupAsker { question in
                self.asked.append(question)
                return self.answers.isEmpty ? "" : self.answers.removeFirst()
            }
        }
    }

    private func plan(
        _ flags: [String], _ environment: [String: String] = [:], _ person: Person? = nil
    ) throws -> SetupPlan {
        try SetupPlan(
            ParsedArguments(flags, by: .setup), environment: environment, asker: person?.asker)
    }

    @Test func `without flags and questions there is no target and no unit, but tokens`() throws {
        let plan = try plan([])
        #expect(plan.target == nil && plan.unit == nil && plan.tokens == "./drumbeat-tokens")
        #expect(try self.plan(["--tokens", "none"]).tokens == nil)
    }

    @Test func `an empty answer takes what is in brackets`() throws {
        let person = Person([])
        #expect(try plan([], [:], person) == plan([]))
        #expect(person.asked == [.nags, .tokens, .unit])
        #expect(person.asked.map(\.prompt).allSatisfy { $0.hasSuffix("]: ") })
        #expect(person.asked.first?.prompt.hasSuffix(" [none]: ") == true)
    }

    @Test func `only what no flag says is asked, and secrets are hidden`() throws {
        let person = Person(["http://a.example/t", "ntfy", "tk_1", " bob "])
        let target = try #require(try plan(["--tokens", "none", "--unit", "u"], [:], person).target)
        #expect(person.asked == [.nags, .kind, .token, .person])
        #expect(person.asked.filter(\.isSecret) == [.token])
        #expect(target.kind == "ntfy" && target.token == "tk_1" && target.person == "bob")

        let sender = Person(["a@b.example", "c@d.example, e@f.example", "me", "pw", "", "", ""])
        let mail = try #require(try plan(["--nags", "smtps://m.example"], [:], sender).target)
        #expect(sender.asked == [.mailFrom, .mailTo, .mailUser, .mailPassword, .person, .tokens, .unit])
        #expect(
            mail.mail
                == .init(
                    from: "a@b.example", to: ["c@d.example", "e@f.example"], username: "me", password: "pw"))
        #expect(mail.person == nil)
    }

    @Test func `a kind that does not exist is asked for again, but not for ever`() throws {
        let person = Person(["teams", "SLACK"])
        #expect(
            try plan(["--nags", "https://a.example/", "--unit", "u"], [:], person).target?.kind == "slack")
        #expect(throws: ClientFault.self) {
            try plan(["--nags", "https://a.example/"], [:], Person(["a", "b", "c", "slack"]))
        }
        let silent = Person([])
        #expect(throws: ClientFault.self) { try plan(["--nags", "smtps://m.example"], [:], silent) }
        #expect(silent.asked.count == 3)
    }

    @Test(arguments: [
        ("smtps://mail.example:465", "smtp"), ("SMTP://mail.example", "smtp"),
        ("https://hooks.slack.com/services/T/B/x", "slack"), ("https://NTFY.sh/topic", "ntfy"),
        ("https://hooks.slack.com.evil.example/", nil), ("http://ntfy.sh/topic", nil),
        ("https://ntfy.example/topic", nil), ("https://a.example/?hooks.slack.com", nil), ("", nil),
    ])
    func `a kind is guessed where the URL leaves no doubt`(url: String, kind: String?) {
        #expect(SetupPlan.kind(of: url) == kind)
    }

    @Test(arguments: [
        ("ntfy.sh/foo", [], "https://ntfy.sh/foo", "ntfy"),
        ("NTFY.sh/foo", [], "https://NTFY.sh/foo", "ntfy"),
        ("hooks.slack.com/services/T", [], "https://hooks.slack.com/services/T", "slack"),
        ("a.example:8443/x", ["--kind", "standard"], "https://a.example:8443/x", "standard"),
        (
            "m.example:465", ["--kind", "smtp", "--mail-from", "a", "--mail-to", "b"],
            "smtps://m.example:465",
            "smtp"
        ),
    ])
    func `a host without a scheme is meant with TLS`(
        given: String, flags: [String], url: String, kind: String
    )
        throws
    {
        let target = try plan(["--nags", given] + flags).target
        #expect(target?.url == url && target?.kind == kind)
    }

    @Test func `who is asked may give the flags of a target first`() throws {
        let person = Person(["ntfy.sh/foo"])
        let plan = try plan(["--another", "--person", "bob"], [:], person)
        #expect(plan.isAnother && plan.target?.person == "bob" && plan.target?.url == "https://ntfy.sh/foo")
        #expect(try SetupPlan.beforeQuestions(ParsedArguments(["--another"], by: .setup)).unit == nil)
        // Without a target the flag has no meaning.
        #expect(throws: UsageFault.self) { try self.plan(["--another"], [:], Person(["none"])) }
        let fault = #expect(throws: ClientFault.self) { try self.plan([], [:], Person(["my topic"])) }
        #expect(fault?.description.contains("must be a URL") == true)
    }

    @Test(arguments: [
        (["--nags", "foo", "--kind", "ntfy"], "--nags must be a URL"),
        (["--nags", "https://a b", "--kind", "ntfy"], "--nags must be a URL"),
        (["--nags", "https://a.example/"], "--kind is required"),
        (["--nags", "https://a.example/", "--kind", "teams"], "--kind must be"),
        (["--kind", "slack"], "--kind needs --nags"), (["--person", "bob"], "--person needs --nags"),
        (["--nags", "smtps://m.example"], "--mail-from is required"),
        (["--nags", "smtps://m.example", "--mail-from", "a@b.example"], "--mail-to is required"),
        (["--nags", "smtps://m.example", "--nags-token-file", "t"], "--nags-token-file is for --kind ntfy"),
        (
            ["--nags", "https://a.example/", "--kind", "slack", "--mail-to", "a"],
            "--mail-to is for --kind smtp"
        ),
        (
            [
                "--nags", "smtps://m.example", "--mail-from", "a", "--mail-to", "b", "--mail-password-file",
                "p",
            ], "--mail-password-file needs --mail-user"
        ), (["--tokens="], "--tokens must not be empty"), (["--unit", ""], "--unit must not be empty"),
    ])
    func `flags that cannot be meant are refused`(flags: [String], says: String) throws {
        let fault = #expect(throws: UsageFault.self) { try plan(flags) }
        #expect(fault?.detail.hasPrefix(says) == true, "\(fault?.detail ?? "")")
    }

    @Test func `a secret comes from a file or the environment, and is no argument`() throws {
        try folder.write("secret", "tk_file\nmore\n")
        try folder.write("empty", "\n")
        let flags = ["--nags", "https://ntfy.example/t", "--kind", "ntfy"]
        let variable = ["DRUMBEAT_NAGS_TOKEN": "tk_variable"]
        let file = ["--nags-token-file", folder.file("secret")]
        #expect(try plan(flags).target?.token == nil)
        #expect(try plan(flags, variable).target?.token == "tk_variable")
        #expect(try plan(flags + file, variable).target?.token == "tk_file")
        for name in ["empty", "missing"] {
            #expect(throws: ClientFault.self) { try plan(flags + ["--nags-token-file", folder.file(name)]) }
        }
        #expect(throws: UsageFault.self) { try plan(flags + ["--nags-token", "tk_argument"]) }
        let mail = ["--nags", "smtps://m.example", "--mail-from", "a", "--mail-to", "b", "--mail-user", "c"]
        #expect(try plan(mail, ["DRUMBEAT_MAIL_PASSWORD": "pw"]).target?.mail?.password == "pw")
    }

    @Test func `a webhook is known again by kind, shown URL, person and recipients`() throws {
        let target = try #require(
            try plan(["--nags", "https://ntfy.example/secret-topic", "--kind", "ntfy"]).target)
        #expect(target.shownURL == "https://ntfy.example/…")
        func webhook(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }
        let same = #"{"kind": "ntfy", "url": "https://ntfy.example/…", "person": null, "to": []}"#
        #expect(target.isLike(try webhook(same)))
        for (from, to) in [("ntfy\"", "slack\""), ("null", "\"bob\""), ("ntfy.example", "ntfy.invalid")] {
            #expect(!target.isLike(try webhook(same.replacing(from, with: to))))
        }
        let mail = try #require(
            try plan(["--nags", "smtps://m.example", "--mail-from", "a", "--mail-to", "b"]).target)
        #expect(mail.isLike(try webhook(#"{"kind": "smtp", "url": "smtps://m.example", "to": ["b"]}"#)))
        #expect(!mail.isLike(try webhook(#"{"kind": "smtp", "url": "smtps://m.example", "to": ["c"]}"#)))
    }

    @Test(arguments: [
        (#"{"state": "delivered", "attempt_count": 1}"#, "the test arrived"),
        (
            #"{"state": "pending", "attempt_count": 2, "last_status": 404, "attempts": [{"number": 1, "answer": "no"}, {"number": 2, "answer": "gone"}]}"#,
            "the test did not arrive: it answered 404: gone"
        ),
        (
            #"{"state": "pending", "attempt_count": 1, "last_error": "refused"}"#,
            "the test did not arrive: refused"
        ),
        (
            #"{"id": "msg_1", "state": "pending", "attempt_count": 0}"#,
            "the test had no result within 10 seconds. Run drumbeat init again to send another."
        ),
    ])
    func `what became of a test is said in words`(delivery: String, words: String) throws {
        #expect(Setup.outcome(of: try JSONReader.read(Array(delivery.utf8))) == words)
    }
}
