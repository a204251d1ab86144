import Encoding
import JSON

/// What the service says about its HTTP calls, in the words of someone who types commands.
///
/// The service answers programs and people with the same sentences. Those that name a call are said as a command here; a sentence about
/// HTTP that is not in the table is left out, so that a newer service cannot speak HTTP either.
enum CommandWords {
    /// A sentence with this part is said so; the argument is the incident, or `INC`.
    private typealias Rewording = (part: String, words: @Sendable (String) -> String)

    private static let rewordings: [Rewording] = [
        ("GET /v1/incidents?state=all", { _ in "drumbeat list --state all lists the incidents." }),
        (
            "GET /v1/incidents?channel=",
            { _ in "Another open incident has this channel; drumbeat list shows both." }
        ),
        (
            "cancel one as a duplicate",
            {
                "If they are the same, cancel one: drumbeat status \($0) cancelled --reason duplicate --duplicate-of \(other)"
            }
        ),
        (
            "PATCH the incident with \"impact\"",
            {
                "Say who is affected and how: drumbeat impact \($0) \"…\" (public drafts show [FILL: impact] until then)."
            }
        ),
        (
            "PATCH the incident with \"restored_when\"",
            { "Say in one sentence what restored means: drumbeat impact \($0) --restored-when \"…\"" }
        ),
        ("detected_at lies before started_at", { _ in "The incident was noticed before it began." }),
        ("PATCH the wrong one", { _ in "Check the hour and the zone of --started-at." }),
        (
            "hand one role over",
            {
                "One person is commander and communicator while others hold roles. Hand one role over, so that updates do not wait for "
                    + "decisions: drumbeat role \($0) communicator NAME"
            }
        ),
        (
            "POST /v1/webhooks registers one",
            { _ in
                "With a token of scope admin, drumbeat init --nags URL registers one."
            }
        ),
        (
            "POST /v1/webhooks with their name",
            { _ in
                "With a token of scope admin, drumbeat init --nags URL --person NAME registers one."
            }
        ),
        (
            "POST /v1/nags/test",
            { _ in
                "With a token of scope admin, drumbeat init --tokens none sends a test to each webhook and says what became of it."
            }
        ),
        (
            "Resolve or cancel it with PUT",
            { "Resolve or cancel it with drumbeat status \($0), or publish what is true now." }
        ),
        (
            "cancel this incident with PUT",
            {
                "Publish the update, then cancel this incident: drumbeat status \($0) cancelled --reason duplicate --duplicate-of \(other)"
            }
        ),
        (
            "\"override\": true",
            {
                "Change to monitoring first: drumbeat status \($0) monitoring. Or let the commander override: drumbeat status \($0) "
                    + "resolved --override --reason \"…\""
            }
        ),
        (
            "remove the line, or publish with \"force\"",
            { _ in "Fill it in, remove the line, or publish it as it is with --force." }
        ),
        ("Send it along as \"fill\"", { "Write the text yourself: drumbeat update \($0)" }),
        (
            "current lists the latest changes",
            { _ in
                "The incident changed after the draft was made: its status, severity, impact or workaround, or an entry that the draft may "
                    + "quote."
            }
        ),
        (
            "Fetch a new draft, or publish with \"force\"",
            { "Make a new draft with drumbeat update \($0), or publish your text with --force." }
        ),
        ("Nothing was acknowledged;", { _ in "Nothing was acknowledged." }),
        ("Nothing was written;", { _ in "Nothing was written." }),
        (
            "Start the newer version again",
            { _ in "Start the newer version again, then run the command again." }
        ),
        (
            "Retry with the same Idempotency-Key to find out",
            {
                "Look before you run the command again: drumbeat \($0 == unnamed ? "list" : "show \($0)")"
            }
        ),
        ("this is a status: send", { _ in "state: this is a status; a state is open, ended or all." }),
    ]

    /// How the usage names an incident.
    static let unnamed = "INC"
    /// Another incident, whose name the user has to find.
    private static let other = "OTHER"

    /// What only a program that speaks HTTP can use.
    private static let marks = [
        "/v1", "…/", "\": ", "Idempotency-Key", "Retry-After", "If-Match", "If-None-Match", "ETag", "curl",
        "Authorization", "JSON", "Content-", "see errors", "current has", "current names", "request_id",
        "%2B",
    ]
    private static let methods: Set<Substring> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

    /// A detail of the service, for a terminal; empty if all of it is about HTTP.
    static func said(_ detail: String, of incident: String?) -> String {
        var sentences: [String] = []
        for sentence in self.sentences(of: detail) {
            if let known = rewordings.first(where: { sentence.contains($0.part) }) {
                let words = known.words(incident ?? unnamed)
                if !sentences.contains(words) { sentences.append(words) }
            } else if !speaksHTTP(sentence) {
                sentences.append(sentence)
            }
        }
        return sentences.joined(separator: " ").onOneLine
    }

    /// Each with its full stop.
    private static func sentences(of text: String) -> [String] {
        var sentences: [String] = []
        for part in text.split(separator: ". ") {
            let isLast = part.endIndex == text.endIndex
            sentences.append(String(part) + (isLast ? "" : "."))
        }
        return sentences
    }

    private static func speaksHTTP(_ sentence: String) -> Bool {
        marks.contains { sentence.contains($0) }
            || sentence.split { !$0.isLetter }.contains { methods.contains($0) }
    }

    // MARK: Members

    /// A member of a body or a query, by what the user typed.
    private static let names: [String: String] = [
        "title": "the title", "text": "the text", "severity": "the severity", "claims": "the severity",
        "status": "the status", "person": "the person", "minutes": "the duration", "impact": "the impact",
        "reason": "--reason", "author": "--author", "kind": "--kind", "occurred_at": "--at",
        "visibility": "--public", "workaround": "--workaround", "restored_when": "--restored-when",
        "public_title": "--public-title", "channel": "--channel", "labels": "--label",
        "started_at": "--started-at", "commander": "--commander", "communicator": "--communicator",
        "contact": "--contact", "duplicate_of": "--duplicate-of", "override": "--override",
        "audience": "--audience", "template": "--template", "basis_seq": "--basis", "force": "--force",
        "path": "the path", "evidence": "--evidence", "by": "--by",
        "next_update_in_minutes": "--next", "limit": "--limit", "state": "--state",
        "url": "--nags", "token": "--nags-token-file", "from": "--mail-from", "to": "--mail-to",
        "username": "--mail-user", "password": "--mail-password-file",
    ]

    /// `--kind` for `#/kind`, `--commander` for `#/roles/commander/person`; the member's own name if no flag gives it.
    static func name(of pointer: String) -> String {
        let parts = pointer.split(separator: "/").map(String.init)
        let member = parts.count > 2 && parts[1] == "roles" ? parts[2] : parts.count > 1 ? parts[1] : ""
        return names[member] ?? (member.isEmpty ? "the command" : member.onOneLine)
    }

    /// A detail that begins with a parameter, `limit: must be …`, with the flag instead.
    static func naming(_ detail: String) -> String {
        guard let end = detail.firstIndex(of: ":"), let name = names[String(detail[..<end])] else {
            return detail
        }
        return name + detail[end...]
    }

    // MARK: Calls

    /// The command of a call that the service suggests; `nil` if there is none.
    static func command(for link: JSONValue, of incident: String?) -> String? {
        guard let method = link.value("method")?.asText, let href = link.value("href")?.asText else {
            return nil
        }
        let path = href.split(separator: "?").first.map(String.init) ?? ""
        let parts = path.split(separator: "/").map(String.init)
        guard parts.starts(with: ["v1", "incidents"]) else { return nil }
        guard parts.count > 2 else { return "drumbeat list --state all" }
        let name = incident ?? IncidentName.parse(parts[2]) ?? unnamed
        let body = link.value("detail")?.asText.flatMap(leadingObject)
        switch (method, parts.dropFirst(3).joined(separator: "/")) {
        case ("GET", ""): return "drumbeat show \(name)"
        case ("GET", "status-updates/draft"): return "drumbeat draft \(name)"
        case ("POST", "status-updates"): return "drumbeat nothing-new \(name)"
        case ("POST", "severity/disputes"):
            return body?.value("claims")?.asText.map {
                "drumbeat raise \(name) \($0.onOneLine.shellQuoted) --dispute --reason \"…\""
            }
        case ("PUT", "status"):
            guard let status = body?.value("status")?.asText else { return nil }
            let original = body?.value("duplicate_of")?.asText.map {
                " --duplicate-of \($0.hasSuffix("…") ? other : $0.onOneLine.shellQuoted)"
            }
            let reason = body?.value("reason")?.asText.map {
                $0 == "…" ? " --reason \"…\"" : " --reason \($0.onOneLine.shellQuoted)"
            }
            return "drumbeat status \(name) \(status.onOneLine.shellQuoted)\(reason ?? "")\(original ?? "")"
        case ("PUT", let rest) where rest.hasPrefix("roles/"):
            return "drumbeat role \(name) \(rest.dropFirst(6).description.onOneLine.shellQuoted) NAME"
        default: return nil
        }
    }

    /// The JSON object at the beginning of a detail.
    private static func leadingObject(_ text: String) -> JSONValue? {
        guard text.hasPrefix("{"), let end = text.lastIndex(of: "}") else { return nil }
        return try? JSONReader.read(Array(text[...end].utf8), limits: .stored)
    }
}

extension ServiceCaller {
    /// The warnings in the answer to a write, one line each.
    public static func warnings(in answer: JSONValue) -> [String] {
        let incident = answer.value("ref")?.asText ?? answer.value("incident")?.asText
        return (answer.value("warnings")?.elements ?? []).map { warning in
            let words = CommandWords.said(
                warning.value("detail")?.asText ?? "", of: incident.flatMap(IncidentName.parse))
            return "\(words) (\((warning.value("code")?.asText ?? "").onOneLine))"
        }
    }
}
