import Client
import Encoding
import JSON
import Time

// The commands that change an incident in one call.
extension Commands {
    static let raise = ClientSession.command(.raise) { session in
        let severity = session.arguments.text("SEVERITY") ?? ""
        if session.arguments.has("--dispute") { return try dispute(severity, session) }
        let incident = try session.incident()
        let reply = try session.caller.write(
            "PUT", "/v1/incidents/\(incident)/severity",
            JSONObject(
                ("severity", severity.asJSON), ("reason", session.arguments.flag("--reason")?.asJSON),
                ("author", session.author)))
        return session.report(changed: reply) { "\($0) is \($1.value("severity")?.asText ?? severity)." }
    }

    private static func dispute(_ severity: String, _ session: ClientSession) throws -> ExitCode {
        guard let reason = session.arguments.flag("--reason") else {
            throw UsageFault("--dispute needs a --reason.")
        }
        let incident = try session.incident()
        let reply = try session.caller.write(
            "POST", "/v1/incidents/\(incident)/severity/disputes",
            JSONObject(("claims", severity.asJSON), ("reason", reason.asJSON), ("author", session.author)))
        let ref = (reply.json.value("incident")?.asText ?? incident).onOneLine
        let seq = reply.json.value("seq")?.asInteger.map(String.init) ?? "?"
        return session.report(
            reply, "\(ref): the dispute is recorded as entry \(seq), for the review. drumbeat show \(ref)")
    }

    static let impact = ClientSession.command(.impact) { session in
        let text = try session.text(session.arguments.text("TEXT"))
        let (workaround, restored) = (
            session.arguments.flag("--workaround"), session.arguments.flag("--restored-when")
        )
        guard text != nil || workaround != nil || restored != nil else {
            throw UsageFault("say the impact, --workaround or --restored-when.")
        }
        let incident = try session.incident()
        let reply = try session.caller.write(
            "PATCH", "/v1/incidents/\(incident)",
            JSONObject(
                ("impact", text?.asJSON), ("workaround", workaround?.asJSON),
                ("restored_when", restored?.asJSON), ("author", session.author)))
        let words = RecordedValues.sentence([
            ("the impact", text), ("the workaround", workaround), ("what restored means", restored),
        ])
        return session.report(changed: reply) { ref, _ in "\(ref): \(words)" }
    }

    static let status = ClientSession.command(.status) { session in
        let arguments = session.arguments
        let status = arguments.text("STATUS") ?? ""
        var original: String?
        if let text = arguments.flag("--duplicate-of") {
            guard let name = IncidentName.parse(text) else {
                throw UsageFault("--duplicate-of must name an incident, such as INC-7.")
            }
            original = name
        }
        if original == nil, status == "cancelled", arguments.flag("--reason") == "duplicate" {
            throw UsageFault("--reason duplicate needs --duplicate-of with the original, such as INC-7.")
        }
        let incident = try session.incident()
        let reply = try session.caller.write(
            "PUT", "/v1/incidents/\(incident)/status",
            JSONObject(
                ("status", status.asJSON), ("reason", arguments.flag("--reason")?.asJSON),
                ("override", arguments.has("--override") ? .bool(true) : nil),
                ("duplicate_of", original?.asJSON), ("author", session.author)))
        let closing = session.isJSON ? "" : session.closing(of: incident, reply)
        return session.report(changed: reply) { ref, json in
            let until = json.value("watch", "until")?.asTimestamp
            let watch = until.map { " It is watched until \(DueText.text($0, now: reply.now))." } ?? ""
            return "\(ref) is \(json.value("status")?.asText ?? status).\(watch)\(closing)"
        }
    }

    static let role = ClientSession.command(.role) { session in
        let arguments = session.arguments
        let role = arguments.text("ROLE") ?? ""
        let isName = role.utf8.allSatisfy { (0x61...0x7A).contains($0 | 0x20) || $0 == UInt8(ascii: "_") }
        guard isName, !role.isEmpty else {
            throw UsageFault(
                "\(role.onOneLine) is no role. The roles are \(CommandSyntax.roles.joined(separator: ", ")).")
        }
        let person = arguments.text("PERSON")
        guard (person == nil) == arguments.has("--release") else {
            throw UsageFault("name the person, or give --release, and not both.")
        }
        let path = "/v1/incidents/\(try session.incident())/roles/\(role)"
        guard let person else {
            let reply = try session.caller.write(
                "DELETE", path + Query(("author", arguments.flag("--author"))).text, nil)
            return session.report(changed: reply) { ref, _ in "\(ref): no one is \(role) now." }
        }
        let reply = try session.caller.write(
            "PUT", path,
            JSONObject(
                ("person", person.asJSON), ("contact", arguments.flag("--contact")?.asJSON),
                ("author", session.author)))
        return session.report(changed: reply) { ref, _ in "\(ref): \(person.onOneLine) is \(role)." }
    }

    static let escalate = ClientSession.command(.escalate) { session in
        let arguments = session.arguments
        let person = arguments.text("PERSON") ?? ""
        guard let reason = arguments.flag("--reason") else { throw UsageFault("--reason is required.") }
        let incident = try session.incident()
        let reply = try session.caller.write(
            "POST", "/v1/incidents/\(incident)/escalations",
            JSONObject(
                ("to", person.asJSON), ("contact", arguments.flag("--contact")?.asJSON),
                ("reason", reason.asJSON), ("author", session.author)))
        // The same person again within five minutes is one call.
        let called = reply.status == 200 ? "was called in before" : "is called in"
        let due = reply.json.value("data", "decision_due_at")?.asTimestamp
        let next = due.map { " The decision is due \(DueText.text($0, now: reply.now))." } ?? ""
        return session.report(reply, "\(incident): \(person) \(called).\(next) drumbeat show \(incident)")
    }

    static let snooze = ClientSession.command(.snooze) { session in
        let arguments = session.arguments
        guard let reason = arguments.flag("--reason") else { throw UsageFault("--reason is required.") }
        let minutes = try Minutes.parse(arguments.text("DURATION") ?? "", "DURATION")
        let incident = try session.incident()
        let reply = try session.caller.write(
            "POST", "/v1/incidents/\(incident)/cadence/snoozes",
            JSONObject(("minutes", .integer(minutes)), ("reason", reason.asJSON), ("author", session.author)))
        let until = reply.json.value("data", "snoozed_until")?.asTimestamp
        let end = until.map { " until \(DueText.text($0, now: reply.now))" } ?? ""
        return session.report(
            reply,
            "\(incident): the nags are held back\(end). The deadline stays. drumbeat update \(incident)")
    }

    static let nothingNew = ClientSession.command(.nothingNew) { session in
        let incident = try session.incident()
        let body = JSONObject(
            ("template", "nothing_new".asJSON), ("audience", session.arguments.flag("--audience")?.asJSON),
            ("next_update_in_minutes", try Minutes.ofNext(session.arguments)), ("author", session.author))
        let reply = try session.caller.write("POST", "/v1/incidents/\(incident)/status-updates", body)
        return session.report(published: reply, incident)
    }
}

/// Whole minutes, as the service takes them.
enum Minutes {
    /// `10`, `10m` or `1h`.
    static func parse(_ text: String, _ name: String) throws(UsageFault) -> Int64 {
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        let duration = DurationText.parse(isNumber ? text + "m" : text)
        guard let milliseconds = duration?.wholeMilliseconds, milliseconds > 0, milliseconds % 60_000 == 0
        else {
            throw UsageFault("\(name) must be whole minutes, such as 10m or 1h.")
        }
        return milliseconds / 60_000
    }

    /// The promise of `--next`.
    static func ofNext(_ arguments: ParsedArguments) throws(UsageFault) -> JSONValue? {
        guard let text = arguments.flag("--next") else { return nil }
        return .integer(try parse(text, "--next"))
    }
}

extension ClientSession {
    /// That the public must be told of the end, and when; empty if it was told of nothing before, or it cannot be read.
    fileprivate func closing(of incident: String, _ reply: ServiceCaller.Reply) -> String {
        guard
            reply.json.value("times", "resolved_at") != nil
                || reply.json.value("times", "cancelled_at") != nil,
            reply.json.value("cadence", "next_update_due_at") == nil,
            let cadence = try? impatientCaller().get("/v1/incidents/\(incident)/cadence"),
            let due = cadence.json.value("closing_due_at")?.asTimestamp
        else { return "" }
        return
            " The final public update is due \(DueText.text(due, now: cadence.now)). To see its draft and publish it: "
            + "drumbeat update \((reply.json.value("ref")?.asText ?? incident).onOneLine)"
    }

    /// Reports the whole incident after a change: what is so now, and what is due next.
    func report(changed reply: ServiceCaller.Reply, _ what: (String, JSONValue) -> String)
        -> Commands.ExitCode
    {
        let ref = (reply.json.value("ref")?.asText ?? "").onOneLine
        let due = DueText.sentence("Next status update", of: reply.json, now: reply.now)
        return report(reply, what(ref, reply.json) + (due.isEmpty ? "" : " \(due) drumbeat update \(ref)"))
    }

    /// Reports a status update.
    func report(published reply: ServiceCaller.Reply, _ incident: String) -> Commands.ExitCode {
        report(findings: reply.json.value("lint")?.elements ?? [])
        let ref = (reply.json.value("incident")?.asText ?? incident).onOneLine
        let audience = (reply.json.value("data", "audience")?.asText ?? "status").onOneLine
        let seq = reply.json.value("seq")?.asInteger.map(String.init) ?? "?"
        // The same text by the same author within a minute is one update.
        let published = reply.status == 200 ? "was published before" : "published"
        let late = reply.json.value("late_by_seconds")?.asInteger ?? 0
        let lateness = late > 0 ? ", \(DueText.length(.seconds(late))) late" : ""
        let due = reply.json.value("next_update_due_at")?.asTimestamp
        let next =
            due.map { "Next status update due \(DueText.text($0, now: reply.now))." }
            ?? "No further update is due."
        return report(reply, "\(ref): \(audience) update \(published) as entry \(seq)\(lateness). \(next)")
    }
}
