import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// The served OpenAPI document against two judges from PyPI: is it one, and does the service do what it says?
    @Suite(.serialized) struct ConformanceTests {
        /// How long schemathesis may make up requests.
        private static let seconds = Seed.isShort ? 15 : 60
        private static let hooks = "Tests/conformance"

        private let service: Drumbeat

        init() throws {
            service = try Drumbeat()
            try service.start()
        }

        private var document: String { "http://\(service.address)/openapi.json" }

        @Test func `the document is OpenAPI 3 1`() throws {
            let answer = try #require(Caller(service.address, token: nil)?.get("/openapi.json"))
            try #require(answer.status == 200)
            let run = try Child.run(
                [try Python.packages() + "/openapi-spec-validator", "-"], in: service.folder.path,
                input: answer.text)
            #expect(run.ending == .exited(0), "\(run.output)\(run.errors)")
        }

        @Test(.timeLimit(.minutes(4)))
        func `the service does what the document says, whatever is sent to it`() throws {
            let caller = try service.caller()
            let token = try #require(caller.get("/v1/tokens")?.json?["items"]?.items?.first?["id"]?.text)
            let incidents = try (1...6).map {
                try service.declare("Incident \($0)", more: #", "impact": "some""#)
            }
            let folder = repository + "/" + ConformanceTests.hooks
            let command = [
                try Python.packages() + "/schemathesis", "--config-file", folder + "/schemathesis.toml",
                "run",
                document, "--header", "Authorization: Bearer \(caller.token ?? "")", "--checks", "all",
                // Why is said in schemathesis.toml.
                "--exclude-checks", "ignored_auth,use_after_free", "--max-time",
                "\(ConformanceTests.seconds)",
                "--continue-on-failure", "--no-shrink", "--generation-database", "none", "--no-color",
            ]
            let judge = try Child(
                command, in: service.folder.path,
                [
                    "SCHEMATHESIS_HOOKS": folder + "/hooks.py", "PYTHONDONTWRITEBYTECODE": "1",
                    "DRUMBEAT_TEST_TOKEN_ID": token,
                    "DRUMBEAT_TEST_INCIDENTS": incidents.joined(separator: ","),
                ])
            let ending = judge.wait(within: .seconds(2 * ConformanceTests.seconds + 60))
            #expect(ending == .exited(0), "\(judge.output.text)\(judge.errors.text)")
            // A run that saw nothing proves nothing.
            let generated = judge.output.text.firstMatch(of: #/(\d+) generated/#).flatMap { Int($0.1) } ?? 0
            #expect(generated > 200 * ConformanceTests.seconds / 60, "\(judge.output.text)")
            print("schemathesis: \(generated) test cases in \(ConformanceTests.seconds) s")
            let crashes = service.log.split(separator: "\n").filter { $0.contains(#""status":"500""#) }
            #expect(crashes.isEmpty, "\(crashes.joined(separator: "\n"))")
            #expect(service.child?.ending == nil, "the service ended")
        }
    }
}
