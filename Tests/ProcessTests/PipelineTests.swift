import TestSupport
import Testing

extension Binary {
    /// The step of a pipeline, as docs/for-pipelines.md has it.
    @Suite(.serialized) struct PipelineTests {
        private let page: Page

        init() throws {
            page = try Page("docs/for-pipelines.md")
        }

        /// Whether the step lets a deploy through.
        private func passes(_ file: String, _ service: Drumbeat, token: String, url: String) throws -> Bool {
            let run = try Child.run(
                ["sh", "-c", try page.file(file)], in: service.folder.path,
                ["PATH": "/usr/bin:/bin", "DRUMBEAT_URL": url, "DRUMBEAT_TOKEN": token],
                within: .seconds(30))
            return run.ending == .exited(0)
        }

        @Test func `the step stops a frozen deploy, passes a free one, and does as chosen without Drumbeat`()
            throws
        {
            let service = try Drumbeat()
            try service.start()
            let url = "http://\(service.address)"
            // A token that is made beside the service is known to it within a second; this one is from the start.
            let made = try text(of: service.folder.file("token"))
            let token = made.split(separator: "\n").first.map(String.init) ?? ""
            let (closed, open) = ("closed.sh", "open.sh")
            #expect(try passes(closed, service, token: token, url: url))
            #expect(try passes(open, service, token: token, url: url))

            let incident = try service.declare(more: #", "labels": {"service": "web"}"#)
            #expect(try !passes(closed, service, token: token, url: url))
            #expect(try !passes(open, service, token: token, url: url))

            let allowed = try service.caller().post(
                "/v1/incidents/\(incident)/freeze/exceptions", #"{"minutes": 5, "what": "the fix"}"#)
            #expect(allowed?.status == 201)
            #expect(try passes(closed, service, token: token, url: url))
            #expect(try passes(open, service, token: token, url: url))

            #expect(try service.stop() == .exited(0))
            #expect(try !passes(closed, service, token: token, url: url))
            #expect(try passes(open, service, token: token, url: url))
        }

        @Test func `the command stops what an incident freezes that the token does not see`() throws {
            let service = try Drumbeat()
            try service.start()
            service.settings["DRUMBEAT_URL"] = "http://\(service.address)"
            let made = try service.command("token", "create", "--name", "ci", "--scope", "read")
            let incident = try service.declare(more: #", "labels": {"service": "web"}, "confidential": true"#)
            service.settings["DRUMBEAT_TOKEN"] = made.output.split(separator: "\n").first.map(String.init)
            func ask() throws -> (ending: Child.Ending, output: String, errors: String) {
                try service.command("freeze", "--scope", "web", "--fail")
            }
            // The token is made beside the service, which reads it within a second.
            try #require(try becomes { try ask().output.hasPrefix("Deploys of web are frozen") })
            let asked = try ask()
            #expect(asked.ending == .exited(1), "\(asked)")
            #expect(!asked.output.contains(incident) && !asked.errors.contains(incident), "\(asked)")

            let allowed = try service.caller().post(
                "/v1/incidents/\(incident)/freeze/exceptions", #"{"minutes": 5, "what": "the fix"}"#)
            #expect(allowed?.status == 201)
            let opened = try ask()
            #expect(opened.ending == .exited(0), "\(opened)")
        }

        @Test func `the pipelines of the page have the tested command`() throws {
            let command = try page.file("closed.sh").split(separator: "\n").joined()
            let whole = try text(of: repository + "/docs/for-pipelines.md")
            #expect(whole.split(separator: "\n").count { $0.hasSuffix(" \(command)") } == 2)
        }
    }
}
