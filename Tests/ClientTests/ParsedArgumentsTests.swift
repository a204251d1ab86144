import Testing

@testable import Client

struct ParsedArgumentsTests {
    private func note(_ words: String...) throws(UsageFault) -> ParsedArguments {
        try ParsedArguments(words, by: .note)
    }

    private func fault(_ syntax: CommandSyntax, _ words: [String]) -> String {
        do throws(UsageFault) {
            _ = try ParsedArguments(words, by: syntax)
            return ""
        } catch {
            return error.detail
        }
    }

    @Test(arguments: ["INC-7", "inc-7", "7", "Inc-7"])
    func `an incident is named in several ways`(name: String) throws {
        let parsed = try note(name, "a text")
        #expect(parsed.incident == "INC-7")
        #expect(parsed.text("TEXT") == "a text")
    }

    @Test func `an id names an incident, too`() throws {
        #expect(try note("01kf0f8xkvw4z7t2m5n8q1r3s6", "a").incident == "01KF0F8XKVW4Z7T2M5N8Q1R3S6")
        #expect(IncidentName.parse("INC-") == nil && IncidentName.parse("INC-1/2") == nil)
        #expect(IncidentName.parse("INC-1234567890123") == nil && IncidentName.parse("") == nil)
    }

    @Test func `the incident may be left out`() throws {
        let parsed = try note("a text")
        #expect(parsed.incident == nil && parsed.text("TEXT") == "a text")
    }

    @Test func `flags stand anywhere, with a blank or an equals sign, and end at two hyphens`() throws {
        let parsed = try note("--kind", "finding", "7", "--author=bob=x", "--", "--json")
        #expect(parsed.flag("--kind") == "finding" && parsed.flag("--author") == "bob=x")
        #expect(parsed.text("TEXT") == "--json" && !parsed.has("--json"))
        #expect(try note("7", "-").text("TEXT") == "-")
    }

    @Test func `a flag may repeat only where that means something`() throws {
        let parsed = try ParsedArguments(["a", "--label", "x=1", "--label=y=2"], by: .declare)
        #expect(parsed.flags("--label") == ["x=1", "y=2"])
        #expect(fault(.declare, ["a", "--impact", "b", "--impact", "c"]).contains("--impact is given twice"))
    }

    @Test(arguments: [
        ([], "TEXT is missing"), (["7"], "TEXT is missing"), (["foo", "bar"], "foo names no incident"),
        (["7", "errors", "began"], "quotation marks"), (["errors", "began", "now"], "quotation marks"),
        (["--kind"], "--kind needs a value"), (["--json=1", "a"], "--json takes no value"),
        (["--knd", "a", "b"], "unknown flag --knd"),
    ])
    func `a command that cannot be meant is refused with what to change`(words: [String], says: String) {
        #expect(fault(.note, words).contains(says), "\(fault(.note, words))")
    }

    @Test func `an incident where none is taken is answered with the form that takes it`() {
        #expect(
            fault(.lint, ["inc-1", "a text"])
                == "too many arguments. The incident is a flag here: --incident INC-1.")
        #expect(
            fault(.freeze, ["INC-7"]) == "drumbeat freeze takes no incident. To see one: drumbeat show INC-7."
        )
        #expect(fault(.list, ["7"]) == "drumbeat list takes no incident. To see one: drumbeat show INC-7.")
        for (syntax, words) in [
            (CommandSyntax.lint, ["a", "text"]), (.freeze, ["web"]), (.show, ["INC-1", "INC-2"]),
        ] {
            #expect(fault(syntax, words).contains("quotation marks"), "\(words)")
        }
    }
}
