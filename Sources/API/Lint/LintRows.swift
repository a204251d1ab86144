import HTTP
import Incidents
import JSON
import Lint
import Model
import Routing
import Views

/// A text to look at, for which nothing is published.
struct LintRequest: Sendable {
    var text: String
    var audience: Audience
    /// `nil` for a text as the first public update of some incident.
    var incident: StreamName?

    init(from body: BodyReader) {
        text = body.text("text", .text)
        audience = body.choice("audience", of: Audience.self) ?? .public
        let name = body.optionalText(
            "incident", .name, "As the next update of this incident: `INC-42` or its id.")
        incident = name.flatMap(StreamName.init(incident:))
        if let name, incident == nil {
            body.refuse("incident", "\(name) is no incident. Send INC-42, or an id.")
        }
    }
}

extension DrumbeatAPI {
    var lintRows: [Route] {
        [
            .write(
                .post, "/v1/lint", .scope(.read), "lintText",
                Documentation(
                    group: .cadence, summary: "Look for guesses, blame, promises and more in a text",
                    description:
                        "Publishes nothing. Without `incident`, the text is read as the first public update of an incident. The findings "
                        + "are those that publishing would have.",
                    examples: [("text", #"{"text": "It will probably be fixed soon."}"#)],
                    answers: [
                        .json(
                            200, .object(["findings": .findings]), "The findings, in the order of the text.")
                    ], problems: [.notFound]),
                reading: LintRequest.init(from:)
            ) { context, request, _ in self.lint(context, request) }.takingLongText()
        ]
    }

    private func lint(_ context: RequestContext, _ request: LintRequest) {
        let visible = request.incident.map { context.visible($0) }
        context.read(.critical) { [self] in
            guard let visible else {
                return findings(in: request.text, .firstUpdate(for: request.audience))
            }
            let incident = try services.requireIncident(visible).incident
            return findings(
                in: request.text,
                incident.lintContext(
                    for: request.audience, template: nil, isTimeVerified: false, nextUpdateIn: nil))
        }
    }

    private func findings(in text: String, _ reading: Linter.Context) -> Response {
        var reading = reading
        reading.others = knownPeople
        let found = services.incidents.policy.lint.linter.findings(in: text, reading)
        return Responses.object(noStore: true) { writer in
            writer.name("findings")
            writer.beginArray()
            for finding in found {
                writer.object(
                    ofFinding: finding.rule.rawValue, finding.span,
                    LintFinding.words(at: finding.span, in: text), finding.suggestion)
            }
            writer.endArray()
        }
    }
}

extension Schema {
    /// The findings of the linter.
    static let findings = Schema.array(
        .object([
            "rule": .string, "span": .array(.integer, 2...2), "text": .string, "suggestion": .string,
        ])
        .describing([
            "rule": "The rule.", "span": "Start and end in the text, as UTF-8 byte offsets.",
            "text": "What was found there; empty for what is missing.",
            "suggestion": "Words that can stand in its place. What is missing goes on a line of its own.",
        ]))
}
