import Glibc
import TestSupport
import Testing

extension Binary {
    /// The pages for bot authors, communicators, dashboard authors and operators: what they tell someone to type works as written.
    @Suite(.serialized) struct PageTests {
        @Test func `there is a page for each reader`() {
            for reader in ["for-bots", "for-communicators", "for-dashboards", "operating"] {
                #expect(Page.forReaders.contains("docs/\(reader).md"))
            }
        }

        /// Against a fresh service with one open incident, INC-1, of which alice is the commander and bob the communicator, unless the
        /// page declares one. With the token that the page made or asks for: no other would tell what its scope cannot do.
        @Test(arguments: Page.forReaders, ["bash", "zsh -f"])
        func `the commands of a page for readers work as written`(path: String, shell: String) throws {
            let page = try Page(path)
            let service = try Drumbeat(page.settings)
            try service.start()
            if !page.beginsEmpty {
                _ = try service.declare(
                    more:
                        #", "impact": "Many users cannot sign in", "roles": {"commander": "alice", "communicator": "bob"}"#
                )
            }
            for block in page.blocks("file") { try service.folder.write(block.argument, block.text) }
            try service.folder.write("curl", Self.curl, mode: 0o755)
            try service.folder.write("editor", Self.editor, mode: 0o755)
            let drumbeat = Self.drumbeat.replacing("BINARY", with: Binary.path)
            try service.folder.write("drumbeat", drumbeat, mode: 0o755)
            // As an operator gives them; `made` is the last one of the page.
            var environment = service.settings
            environment["DRUMBEAT_LISTEN"] = service.address
            for scope in ["read", "post", "command"] {
                let made = try Child.run(
                    [Binary.path, "token", "create", "--name", "a-\(scope)", "--scope", scope],
                    in: service.folder.path, environment)
                try service.folder.write("token.\(scope)", made.output)
            }

            let blocks = page.blocks.filter { ["run", "token"].contains($0.kind) }
            try #require(
                blocks.contains { $0.kind == "run" }, "\(path) has no block after <!-- test: run -->")
            let script = blocks.map { block in
                guard block.kind == "run" else {
                    let name = block.argument.isEmpty ? "made" : block.argument
                    return "export DRUMBEAT_TOKEN=\"$(cat token.\(name))\"\n"
                }
                let text = "echo '\(Self.border(before: block))'\n\(block.text)"
                guard let scope = block.scope else { return text }
                return
                    "own=$DRUMBEAT_TOKEN DRUMBEAT_TOKEN=$(cat token.\(scope))\n\(text)DRUMBEAT_TOKEN=$own\n"
            }.joined()
            environment["DRUMBEAT_URL"] = "http://\(service.address)"
            environment["DRUMBEAT_TOKEN"] = try text(of: service.folder.file("token")).split(separator: "\n")
                .first
                .map(String.init)
            environment["EDITOR"] = "./editor"
            environment["HOME"] = service.folder.path
            // Ours first; what they stand for is behind them.
            environment["PATH"] =
                service.folder.path + ":" + (getenv("PATH").map { String(cString: $0) } ?? "")
            let run = try Child.run(
                shell.split(separator: " ").map(String.init) + ["-c", "set -e\n" + script],
                in: service.folder.path, environment, within: .seconds(60))
            #expect(run.ending == .exited(0), "\(path)\n\(run.output)\n\(run.errors)\n\(service.log)")
            let statuses = run.errors.split(separator: "\n").filter { $0.hasPrefix("status=") }
            #expect(
                statuses.allSatisfy { $0.hasPrefix("status=2") || $0 == "status=304" },
                "\(path)\n\(statuses)\n\(run.output)")
            for block in blocks {
                guard block.kind == "run", let expected = block.printed else { continue }
                let printed =
                    run.output.split(separator: Self.border(before: block) + "\n").last?.split(
                        separator: Self.borderline
                    ).first ?? ""
                #expect(
                    printed.contains(expected), "\(path):\(block.line) does not print \(expected): \(printed)"
                )
            }
        }

        @Test(arguments: Page.forReaders)
        func `what cannot be run here can at least be read by a shell`(path: String) throws {
            for block in try Page(path).blocks("syntax") {
                let run = try Child.run(["sh", "-n"], in: "/", input: block.text)
                #expect(run.ending == .exited(0), "\(path):\(block.line): \(run.errors)")
            }
        }

        private static let borderline = "=== line "

        private static func border(before block: Page.Block) -> String {
            "\(borderline)\(block.line)"
        }

        /// Notes each answer's status beside what is printed.
        private static let curl = """
            #!/bin/sh
            PATH=${PATH#*:}
            exec curl "$@" --write-out '%{stderr}status=%{http_code}\\n'

            """

        /// Keeps the token that a page makes.
        private static let drumbeat = """
            #!/bin/sh
            [ "$1 $2" = "token create" ] || exec 'BINARY' "$@"
            'BINARY' "$@" >token.made && cat token.made

            """

        /// An editor that fills in what no one has said.
        private static let editor = """
            #!/bin/sh
            exec sed -i 's/\\[FILL:[^]]*\\]/nothing yet/g' "$@"

            """
    }
}
