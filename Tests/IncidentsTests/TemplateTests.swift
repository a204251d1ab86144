import Incidents
import Model
import Testing
import Time

struct TemplateTests {
    @Test(arguments: [
        ("{{nonsense}}", 1), ("a\nb {{nope}}", 2), ("{{}}", 1), ("{{title", 1), ("{{title}", 1),
        ("a\n\n{{title\n}}", 3),
        ("{{Title}}", 1), ("{{{title}}}", 1), ("{{ti tle}}", 1), ("{{title}}\r\n{{x}}", 2), ("{{", 1),
        ("{{ti}tle}}", 1),
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
            _ = try Template(name: "update", text: "{{nope}}")
            Issue.record("It was not refused")
        } catch {
            #expect(error.detail.contains("{{nope}}"))
            for placeholder in Placeholder.allCases { #expect(error.detail.contains(placeholder.rawValue)) }
        }
    }

    @Test(arguments: [
        ("{{title}}", "People cannot sign in\n"), ("{{ title  }}", "People cannot sign in\n"), ("", "\n"),
        ("\n\n", "\n"),
        ("}} { {x} }", "}} { {x} }\n"), ("a{{status}}{{status}}\n\n\n", "ainvestigatinginvestigating\n"),
        ("é 🥁 {{ref}}", "é 🥁 INC-42\n"), ("{", "{\n"),
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
}
