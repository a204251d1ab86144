import Incidents
import Model
import Testing
import Time

struct TemplateTests {
    @Test(arguments: [
        ("{{nonsense}}", 1), ("a\nb {{nope}}", 2), ("{{}}", 1), ("{{title", 1), ("{{title}", 1),
        ("a\n\n{{title\n}}", 3),
        ("{{Title}}", 1), ("{{{title}}}", 1), ("{{ti tle}}", 1), ("{{ref}}\r\n{{x}}", 2), ("{{", 1),
        ("{{ti}tle}}", 1), ("{{?nope}}x", 1), ("a\n{{?impact\n", 2), ("a {{?impact}}", 1),
        ("{{impact}}{{?impact}}", 1),
    ])
    func `an unknown or unclosed placeholder is refused with its line`(text: String, line: Int) {
        do {
            _ = try Template(name: "update", text: text)
            Issue.record("It was not refused")
        } catch {
            #expect(error.line == line)
        }
    }

    @Test func `a refusal names what is allowed`() {
        do {
            _ = try Template(name: "internal", text: "{{nope}}")
            Issue.record("It was not refused")
        } catch {
            #expect(error.detail.contains("{{nope}}"))
            for placeholder in Placeholder.allCases { #expect(error.detail.contains(placeholder.rawValue)) }
        }
    }

    @Test(arguments: [
        ("{{ref}}", "INC-42\n"), ("{{ ref  }}", "INC-42\n"), ("", "\n"),
        ("\n\n", "\n"),
        ("}} { {x} }", "}} { {x} }\n"), ("a{{status}}{{status}}\n\n\n", "aInvestigatingInvestigating\n"),
        ("é 🥁 {{ref}}", "é 🥁 INC-42\n"), ("{", "{\n"), ("a\n{{?impact}}b {{impact}}\nc", "a\nc\n"),
        ("{{?ref}}a\n{{?ref}}{{?impact}}b\n{{? ref }}\nc\n", "a\n\nc\n"), ("{{?impact}}a", "\n"),
    ])
    func `a template is plain text with one newline at its end`(text: String, filled: String) throws {
        let draft = try Scenario().draft(
            .public, try Template(name: "update", text: text), next: nil, at: minute(1))
        #expect(Array(draft.text.utf8) == Array(filled.utf8))
    }

    @Test func `what is missing is named once, in order`() throws {
        let template = try Template(name: "update", text: "{{workaround}} {{impact}} {{workaround}}")
        let draft = try Scenario().draft(.public, template, next: nil, at: minute(1))
        #expect(draft.missing == ["workaround", "impact"])
    }

    @Test func `times are rounded down to the minute`() throws {
        let template = try Template(name: "update", text: "{{next_update}}")
        let draft = try Scenario().draft(.public, template, next: minute(31) - millisecond, at: minute(1))
        #expect(draft.text == "10:30 UTC\n")
    }

    @Test(arguments: Template.names)
    func `only the team's templates may insert what is for the team`(name: String) throws {
        for word in ["title", "severity", "commander", "next_action", "restored_when", "decision"] {
            let template = try? Template(name: name, text: "{{\(word)}}")
            #expect((template != nil) == Template.ofTeam.contains(name), "\(word)")
            let conditional = try? Template(name: name, text: "{{?\(word)}}x")
            #expect((conditional != nil) == Template.ofTeam.contains(name), "\(word)")
        }
    }

    @Test func `lines left out are named once, and what is missing is not`() throws {
        let text = "{{?impact}}x\n{{?workaround}}{{?impact}}y\n{{impact}}\n"
        let draft = try Scenario().draft(
            .public, try Template(name: "update", text: text), next: nil, at: minute(1))
        #expect(draft.text == "[FILL: impact]\n")
        #expect(draft.optional == ["impact", "workaround"])
        #expect(draft.missing == ["impact"])
    }
}
