import TestSupport
import Testing

@testable import Client

struct CommandTableTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func `names are unique, and every command of the client takes --json`() {
        let names = CommandSyntax.all.map(\.name)
        #expect(Set(names).count == names.count)
        for command in CommandSyntax.client + [.setup] {
            #expect(command.flags.contains { $0.name == "--json" }, "\(command.name)")
            #expect(Set(command.flags.map(\.name)).count == command.flags.count, "\(command.name)")
        }
    }

    @Test func `the help has each argument and flag, in lines that fit a terminal`() {
        for command in CommandSyntax.all {
            #expect(command.help.hasPrefix("usage: drumbeat \(command.name)"))
            for word in command.arguments.map(\.name) + command.flags.map(\.name) {
                #expect(command.help.contains("  \(word)"), "\(command.name) \(word)")
            }
            for line in command.help.split(separator: "\n") { #expect(line.count <= 140, "\(line)") }
            #expect(CommandSyntax.overview.contains("  \(command.name) "))
        }
    }

    @Test(arguments: [("bash", ["bash", "-n"]), ("zsh", ["zsh", "-fn"])])
    func `a shell understands its completion`(shell: String, check: [String]) throws {
        let script = try #require(Completion.script(for: shell))
        let run = try Child.run(check, in: folder.path, input: script)
        #expect(run.ending == .exited(0) && run.errors.isEmpty, "\(run.errors)")
        for command in CommandSyntax.all { #expect(script.contains(command.name)) }
    }

    @Test(arguments: [
        ("dr no", "note nothing-new"), ("dr note --k", "--kind"), ("dr note --kind f", "finding"),
        ("dr raise INC-1 c", "critical"), ("dr token ", "create list revoke"), ("dr note --author x", ""),
        ("dr serve --c", "--config"), ("dr nowhere ", ""),
    ])
    func `bash completes commands, flags and values`(typed: String, offered: String) throws {
        try folder.write("completion", try #require(Completion.script(for: "bash")))
        let words = typed.split(separator: " ", omittingEmptySubsequences: false).map { "'\($0)'" }
        let script = """
            . ./completion
            COMP_WORDS=(\(words.joined(separator: " "))); COMP_CWORD=\(words.count - 1)
            _drumbeat
            echo "${COMPREPLY[*]}"
            """
        let run = try Child.run(["bash", "-c", script], in: folder.path)
        #expect(run.output == offered + "\n", "\(run.errors)")
    }

    @Test func `fish gets every flag`() throws {
        let script = try #require(Completion.script(for: "fish"))
        for command in CommandSyntax.all {
            for flag in command.flags {
                #expect(
                    script.contains(
                        "'__fish_seen_subcommand_from \(command.name)' -l \(flag.name.dropFirst(2)) "))
            }
        }
        #expect(Completion.script(for: "csh") == nil)
    }

    @Test func `no line of the manual page is taken for a request of roff`() {
        let page = ManualPage.text(version: "1.2.3")
        let known = [".TH", ".SH", ".SS", ".TP", ".B", ".I", ".PP", ".br", ".nf", ".fi"]
        for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
            #expect(known.contains(String(line.prefix { $0 != " " })), "\(line)")
        }
        for command in CommandSyntax.all {
            for flag in command.flags {
                #expect(page.contains(flag.name.replacing("-", with: "\\-")), "\(flag.name)")
            }
        }
    }
}
