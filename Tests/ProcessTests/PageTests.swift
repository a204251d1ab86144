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

        /// Against a fresh service with one open incident, INC-1, of which alice is the commander and bob the communicator.
        @Test(arguments: Page.forReaders)
        func `the commands of a page for readers work as written`(path: String) throws {
            let page = try Page(path)
            let service = try Drumbeat(page.settings)
            try service.start()
            _ = try service.declare(
                more:
                    #", "impact": "Many users cannot sign in", "roles": {"commander": "alice", "communicator": "bob"}"#
            )
            for block in page.blocks("file") { try service.folder.write(block.argument, block.text) }
            try service.folder.write("curl", Self.curl, mode: 0o755)
            try service.folder.write("editor", Self.editor, mode: 0o755)
            let drumbeat = "#!/bin/sh\nexec '\(Binary.path)' \"$@\"\n"
            try service.folder.write("drumbeat", drumbeat, mode: 0o755)

            let blocks = page.blocks("run")
            try #require(!blocks.isEmpty, "\(path) has no block after <!-- test: run -->")
            let script = blocks.map { "echo '\(Self.border(before: $0))'\n\($0.text)" }.joined()
            let token = try text(of: service.folder.file("token")).split(separator: "\n").first.map(
                String.init)
            var environment = service.settings
            environment["DRUMBEAT_LISTEN"] = service.address
            environment["DRUMBEAT_URL"] = "http://\(service.address)"
            environment["DRUMBEAT_TOKEN"] = token
            environment["EDITOR"] = "./editor"
            // Ours first; what they stand for is behind them.
            environment["PATH"] =
                service.folder.path + ":" + (getenv("PATH").map { String(cString: $0) } ?? "")
            let run = try Child.run(
                ["sh", "-c", "set -e\n" + script], in: service.folder.path, environment, within: .seconds(60))
            #expect(run.ending == .exited(0), "\(path)\n\(run.output)\n\(run.errors)\n\(service.log)")
            let statuses = run.errors.split(separator: "\n").filter { $0.hasPrefix("status=") }
            #expect(
                statuses.allSatisfy { $0.hasPrefix("status=2") || $0 == "status=304" },
                "\(path)\n\(statuses)\n\(run.output)")
            for block in blocks where !block.argument.isEmpty {
                let printed =
                    run.output.split(separator: Self.border(before: block) + "\n").last?.split(
                        separator: Self.borderline
                    ).first ?? ""
                let expected = block.argument.dropFirst("prints ".count)
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

        /// An editor that fills in what nobody has said.
        private static let editor = """
            #!/bin/sh
            exec sed -i 's/\\[FILL:[^]]*\\]/nothing yet/g' "$@"

            """
    }
}
