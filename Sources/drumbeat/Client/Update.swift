import Client
import Encoding
import Glibc
import JSON

extension Commands {
    static let draft = ClientSession.command(.draft) { session in
        let arguments = session.arguments
        let minutes = try Minutes.ofNext(arguments)?.asInteger.map(String.init)
        let incident = try session.incident()
        let path =
            "/v1/incidents/\(incident)/status-updates/draft"
            + Query(
                ("audience", arguments.flag("--audience")), ("template", arguments.flag("--template")),
                ("next_update_in_minutes", minutes)
            ).text
        if session.isJSON {
            Output.print(try session.caller.get(path).body)
        } else {
            let text = try session.caller.text(path)
            Output.print(Array((session.screen.isTerminal ? text.shownInLines : text).utf8))
            let reply = try session.caller.write(
                "POST", "/v1/lint",
                JSONObject(
                    ("text", text.asJSON), ("incident", incident.asJSON),
                    ("audience", (arguments.flag("--audience") ?? audience(of: arguments)).asJSON)))
            session.report(findings: reply.json.value("findings")?.elements ?? [])
        }
        return .success
    }

    /// The audience of a draft for which none is named: the templates of the team are for the team.
    private static func audience(of arguments: ParsedArguments) -> String {
        ["decide", "internal"].contains(arguments.flag("--template") ?? "") ? "internal" : "public"
    }

    static let update = ClientSession.command(.update) { session in
        let arguments = session.arguments
        let piped = arguments.text("-")
        guard piped == nil || piped == "-" && arguments.flag("--text") == nil else {
            throw UsageFault("the text comes from --text, from standard input with -, or from the editor.")
        }
        let update = try StatusUpdate(session)
        if let text = try session.text(arguments.flag("--text") ?? piped) {
            var basis: Int64?
            if let seq = arguments.flag("--basis") {
                guard let number = Int64(seq), number > 0 else {
                    throw UsageFault("--basis must be a number.")
                }
                basis = number
            }
            let incident = try session.incident()
            return session.report(published: try update.publish(text, of: incident, basis: basis), incident)
        }
        guard !arguments.has("--basis") else { throw UsageFault("--basis needs a text.") }
        return try update.edit(try session.incident())
    }
}

/// The command `update`.
private struct StatusUpdate {
    let session: ClientSession
    private let next: JSONValue?

    init(_ session: ClientSession) throws(UsageFault) {
        self.session = session
        next = try Minutes.ofNext(session.arguments)
    }

    func publish(_ text: String, of incident: String, basis: Int64?) throws(ClientFault)
        -> ServiceCaller.Reply
    {
        let arguments = session.arguments
        return try session.caller.write(
            "POST", "/v1/incidents/\(incident)/status-updates",
            JSONObject(
                ("text", text.asJSON), ("audience", arguments.flag("--audience")?.asJSON),
                ("basis_seq", basis.map { .integer($0) }), ("next_update_in_minutes", next),
                ("status", arguments.flag("--status")?.asJSON),
                ("reason", arguments.flag("--reason")?.asJSON),
                ("override", arguments.has("--override") ? .bool(true) : nil),
                ("force", arguments.has("--force") ? .bool(true) : nil), ("author", session.author)))
    }

    /// Opens the draft in the editor, and publishes what was saved.
    func edit(_ incident: String) throws -> Commands.ExitCode {
        let query = Query(
            ("audience", session.arguments.flag("--audience")),
            ("next_update_in_minutes", next?.asInteger.map(String.init)))
        let draft = try session.caller.get("/v1/incidents/\(incident)/status-updates/draft" + query.text).json
        guard let text = draft.value("text")?.asText else {
            throw ClientFault("The service gave no draft. Give the words with --text.")
        }
        let missing = draft.value("missing")?.elements.compactMap { $0.asText?.onOneLine } ?? []
        if !missing.isEmpty { Output.error("drumbeat: the draft lacks \(missing.joined(separator: ", ")).") }
        let file = try DraftFile(text, of: incident, environment: session.environment)
        do throws(ClientFault) {
            try Editor.open(file.path, environment: session.environment)
        } catch {
            if try file.outcome() == .unchanged {
                file.remove()
                throw error
            }
            throw ClientFault("\(error) \(Self.kept(in: file, incident, isPublished: false))")
        }
        switch try file.outcome() {
        case .unchanged:
            file.remove()
            Output.error(
                "drumbeat: the draft was not changed, so nothing was published. To publish it as it is: "
                    + "drumbeat draft \(incident) | drumbeat update \(incident) -")
            return .failure
        case .emptied:
            file.remove()
            Output.error("drumbeat: the file was emptied, so nothing was published.")
            return .failure
        case .written(let words):
            let reply: ServiceCaller.Reply
            do throws(ClientFault) {
                let basis = draft.value("basis_seq")?.asInteger.map(Int64.init)
                reply = try publish(words, of: incident, basis: basis)
            } catch {
                throw ClientFault(
                    "\(error)\(news(in: error.problem))\n\(Self.kept(in: file, incident, isPublished: Self.isPublished(error)))",
                    problem: error.problem)
            }
            file.remove()
            return session.report(published: reply, incident)
        }
    }

    /// What made the draft stale, one entry a line.
    private func news(in problem: ServiceProblem?) -> String {
        guard let problem, problem.slug == "stale-draft" else { return "" }
        let entries = problem.json?.value("current", "entries")?.elements ?? []
        return "\nNew since the draft (UTC):"
            + entries.map {
                "\n  \(EntryText.line($0, day: $0.value("occurred_at")?.asText.map { String($0.prefix(10)) }))"
            }
            .joined()
    }

    /// `nil` when it is not known: of a 504, a cut answer, or none.
    private static func isPublished(_ fault: ClientFault) -> Bool? {
        guard let problem = fault.problem, !["outcome-unknown", "internal"].contains(problem.slug) else {
            return nil
        }
        return false
    }

    private static func kept(in file: DraftFile, _ incident: String, isPublished: Bool?) -> String {
        let outcome =
            isPublished == false
            ? "Nothing was published."
            : "It is not known whether it was published. Look first: drumbeat show \(incident)"
        return
            "\(outcome) Your words are in \(file.path). To publish them: drumbeat update \(incident) - <\(file.path)"
    }
}
