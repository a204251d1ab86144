import Glibc
import TestSupport
import Testing

extension Binary {
    /// The README's own lines, run against the real binary: what it promises a new reader is true.
    @Suite(.serialized) struct ReadmeTests {
        @Test(arguments: ["bash", "zsh -f"])
        func `the walk through one incident works as written, and the nag arrives`(shell: String) throws {
            let readme = try Page("README.md")
            let walkthrough = readme.blocks("run").map(\.text)
            try #require(!walkthrough.isEmpty, "README.md has no ```sh block after <!-- test: run -->")
            let script = try readme.file("receiver.py")

            // The port that the receiver's lines name.
            let numbers = script.split { !$0.isASCII || !$0.isNumber }.compactMap { UInt16($0) }
            let port = numbers.first { $0 >= 1_024 }
            if let port {
                let isTaken = PlainConnection(port: port).map { $0.close() } != nil
                try #require(
                    !isTaken, "port \(port) of the README's receiver is in use: stop what listens there")
            }
            let service = try Drumbeat([
                "DRUMBEAT_FIRST_UPDATE": "2s", "DRUMBEAT_WEBHOOK_ALLOW": "127.0.0.0/8",
            ])
            try service.start()
            try service.folder.write("receiver.py", script)
            let receiver = try Child(
                ["sh", "-c", "exec python3 -u receiver.py >received 2>&1"], in: service.folder.path)
            let received = { (try? text(of: service.folder.file("received"))) ?? "" }
            if let port {
                let listens = becomes { PlainConnection(port: port).map { $0.close() } != nil }
                try #require(listens && receiver.ending == nil, "\(received())")
            }

            let token = try text(of: service.folder.file("token")).split(separator: "\n").first.map(
                String.init)
            let run = try Child.run(
                shell.split(separator: " ").map(String.init) + [
                    "-c", Self.prelude + walkthrough.joined(separator: "\n"),
                ],
                in: service.folder.path,
                ["DRUMBEAT_URL": "http://\(service.address)", "DRUMBEAT_TOKEN": token ?? ""],
                within: .seconds(60))
            #expect(run.ending == .exited(0), "\(run.output)\n\(run.errors)\n\(service.log)")
            let statuses = run.errors.split(separator: "\n").filter { $0.hasPrefix("status=") }
            #expect(statuses.count >= 6, "the walk has only \(statuses.count) requests")
            #expect(statuses.allSatisfy { $0.hasPrefix("status=2") }, "\(statuses)")
            let arrived = becomes(within: .seconds(15)) { received().contains("overdue") }
            #expect(arrived, "no nag arrived: \(received()) \(service.log)")
        }

        /// Ends with the first failure, and notes each response's status beside what is printed. The first deadline is ten times shorter
        /// than a reader's, and so is the wait for the nag.
        private static let prelude = """
            set -e
            sleep() { command sleep "$(($1 / 5))"; }
            curl() { command curl "$@" --write-out '%{stderr}status=%{http_code}\\n'; }

            """
    }
}
