import Glibc
import TestSupport
import Testing

extension Binary {
    /// Clients that people generate from the served OpenAPI document, with two generators from PyPI, against the service.
    @Suite(.serialized) struct ClientTests {
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat()
            try service.start()
        }

        /// Saves the document, runs a script of `Tests/clients` and returns its lines.
        private func run(_ script: String) throws -> [String] {
            let caller = try service.caller()
            let answer = try #require(caller.get("/openapi.json"))
            try #require(answer.status == 200)
            let folder = service.folder.path
            _ = try service.folder.write("openapi.json", answer.text)
            let run = try Child.run(
                [
                    try Python.withPackages(), "-B", "\(repository)/Tests/clients/\(script)", folder,
                    "http://\(service.address)",
                ], in: folder, ["DRUMBEAT_TOKEN": try #require(caller.token)], within: .seconds(60))
            try #require(run.ending == .exited(0), "\(run.output)\(run.errors)")
            return run.output.split(separator: "\n").map(String.init)
        }

        @Test func `a client made by openapi-python-client declares, posts, publishes and polls`() throws {
            let lines = try run("generated_client.py")
            let files = lines.first?.split(separator: " ").last.flatMap { Int($0) } ?? 0
            // A problem that is not one shared schema becomes a file for each operation and status: there were 2,766.
            #expect((100...300).contains(files), "\(files) files")
            #expect(
                Array(lines.dropFirst()) == [
                    "declared INC-1 major web", "posted 2 finding True ['C9', 1, None]",
                    "published 3 T+0 True", "read [(3, 'update_published')] None", "polled []",
                    "incident investigating None 0", "refused 422 /problems/validation #/title",
                ])
        }

        @Test func `models made by datamodel-code-generator fit what the service takes and sends`() throws {
            #expect(
                try run("generated_models.py") == [
                    "declared INC-1 major web",
                    "posted 2 finding {'confirmed': True, 'thread': ['C9', 1, None]}", "published 3 T+0",
                    "polled 200 []", "refused 404 /problems/not-found",
                ])
        }
    }
}
