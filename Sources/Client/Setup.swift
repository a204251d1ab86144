import Encoding
import Glibc
import JSON
import OperatingSystem
import Time

/// The steps of `drumbeat init`. Each says what it did before the next one begins.
public final class Setup {
    /// The first tokens and their scopes.
    static let tokens = [("bot", "post"), ("communicator", "command"), ("dashboard", "read")]
    /// What a nag may be.
    static let nags = [
        "update.due_soon", "update.overdue", "update.closing_due", "cadence.*", "decision.*", "approval.*",
        "progress.*", "handover.*",
        "incident.stale",
    ]
    private static let pagesMax = 100
    /// When a registration has failed after so long and not for its target, a proxy gave up. It is not repeated: while a target hangs,
    /// it would wait for it again.
    private static let registrationIsSlow = Duration.seconds(8)
    private static let testLimit = Duration.seconds(10)
    private static let testPause = Duration.milliseconds(200)

    private let caller: ServiceCaller
    /// Calls once.
    private let once: ServiceCaller
    private let wait: (Duration) -> Void
    private let say: (String) -> Void
    /// What was done, for `--json`.
    public private(set) var record = JSONObject()
    /// How a webhook is named, by its id.
    private var names: [String: String] = [:]
    /// The webhook that was asked for.
    private var asked: String?
    /// Whether it is the only one, and its test message arrived when it was registered.
    private var isTested = false

    public init(
        _ caller: ServiceCaller, once: ServiceCaller, wait: @escaping (Duration) -> Void,
        say: @escaping (String) -> Void
    ) {
        self.caller = caller
        self.once = once
        self.wait = wait
        self.say = say
    }

    private func note(_ name: String, _ value: JSONValue) {
        record.members.append(.init(name: name, value: value))
    }

    /// Writes the systemd unit, unless the file exists.
    public func writeUnit(_ text: String, to file: String) throws(ClientFault) {
        let isKept = Files.exists(file)
        if !isKept {
            do throws(FileFault) {
                try Files.writeNew(file, Array(text.utf8), mode: 0o644)
            } catch {
                throw ClientFault("\(error). Name another file with --unit.")
            }
        }
        say("unit: \(isKept ? "kept, as it exists:" : "wrote") \(file.onOneLine)")
        note("unit", .object(JSONObject(("file", file.asJSON), ("state", Self.state(isKept)))))
    }

    private static func state(_ isKept: Bool) -> JSONValue { (isKept ? "kept" : "written").asJSON }

    /// Asks the service whose token it is. `isPatient` waits for a service to come up.
    public func signIn(isPatient: Bool) throws(ClientFault) {
        let own: ServiceCaller.Reply
        do throws(ClientFault) {
            own = try (isPatient ? caller : once).get("/v1/me")
        } catch {
            throw Self.explained(error)
        }
        let scope = own.json.value("scope")?.asText ?? "?"
        guard scope == "admin" else {
            let name = (own.json.value("name")?.asText ?? "").onOneLine
            throw ClientFault(
                "The token \(name) has the scope \(scope.onOneLine), and drumbeat init needs admin.\n\(Self.adminToken)"
            )
        }
    }

    private static let adminToken = """
        The first start of a service prints an admin token, or writes it to the file that DRUMBEAT_ADMIN_TOKEN_FILE names; under systemd
        that is /var/lib/drumbeat/admin-token. On its host this makes another: drumbeat token create --name me --scope admin
        Then: export DRUMBEAT_TOKEN=dbt_…
        """

    private static func explained(_ fault: ClientFault) -> ClientFault {
        guard let problem = fault.problem else {
            return ClientFault(
                "\(fault)\nIf no service runs yet, start one in another terminal: drumbeat serve\n\(adminToken)"
            )
        }
        guard problem.status == 401 else { return fault }
        let detail = problem.json?.value("detail")?.asText ?? "The service refused the token."
        return ClientFault("\(detail.onOneLine)\n\(adminToken)", problem: problem)
    }

    /// Registers the webhook unless one like it is registered.
    public func register(_ target: SetupPlan.Target, isAnother: Bool) throws(ClientFault) {
        let found = try all("/v1/webhooks")
        for webhook in found { name(webhook) }
        if !isAnother, let same = found.first(where: target.isLike) { return try keep(same, target) }
        let reply: ServiceCaller.Reply
        do throws(ClientFault) {
            reply = try caller.write(
                "POST", "/v1/webhooks", target.body(events: Self.nags), unlessSlower: Self.registrationIsSlow)
        } catch {
            throw Self.explained(error, "\(target.name) was not registered.", after: caller.lastAttempt)
        }
        asked = reply.json.value("id")?.asText
        say("nags: registered \(name(reply.json))")
        let codes = (reply.json.value("warnings")?.elements ?? []).map { $0.value("code")?.asText }
        // A receiver of one's own gets no test message then.
        isTested = found.isEmpty && target.kind != "standard" && !codes.contains("test_failed")
        for warning in ServiceCaller.warnings(in: reply.json) { say("nags: warning: \(warning)") }
        if target.kind == "standard", let secret = reply.json.value("secret")?.asText {
            say("nags: its messages are signed with \(secret.onOneLine), which is shown this once")
        }
        note(
            "webhook",
            .object(
                JSONObject(
                    ("id", asked?.asJSON), ("state", "registered".asJSON),
                    ("secret", target.kind == "standard" ? reply.json.value("secret") : nil))))
    }

    /// Keeps a webhook that was registered before, with the mail settings that were given now.
    private func keep(_ webhook: JSONValue, _ target: SetupPlan.Target) throws(ClientFault) {
        asked = webhook.value("id")?.asText
        let shown = name(webhook)
        let changes = target.changes(to: webhook)
        guard let asked, !changes.isEmpty else {
            say(
                "nags: kept \(shown), which was registered before. --another registers the URL all the same.")
            if target.token != nil {
                say(
                    "nags: its topic and its token are not shown, so the token that was given now was not set. If it changed, register "
                        + "the topic with --another, and delete the old webhook.")
            }
            note("webhook", .object(JSONObject(("id", asked?.asJSON), ("state", "kept".asJSON))))
            return
        }
        do throws(ClientFault) {
            _ = try caller.write(
                "PATCH", "/v1/webhooks/\(asked.onOneLine)", JSONObject(changes.map(\.member)),
                unlessSlower: Self.registrationIsSlow)
        } catch {
            throw Self.explained(
                error, "\(shown) was registered before, and was not changed.", after: caller.lastAttempt)
        }
        let words = changes.map(\.words)
        say(
            "nags: kept \(shown), which was registered before, and set \(words.joined(separator: ", "))."
        )
        note(
            "webhook",
            .object(
                JSONObject(
                    ("id", asked.asJSON), ("state", "changed".asJSON),
                    ("changed", .array(changes.map { $0.member.name.asJSON })))))
    }

    private static func explained(
        _ fault: ClientFault, _ what: String, after elapsed: Duration
    ) -> ClientFault {
        guard let problem = fault.problem, problem.status == 422 else {
            guard elapsed >= registrationIsSlow else { return fault }
            return ClientFault(
                "\(what) Its test message had no result within \(elapsed.wholeMilliseconds / 1_000) seconds.\n"
                    + "See whether the target answers and a firewall lets the service reach it, then run drumbeat init again.",
                problem: fault.problem)
        }
        let flaws = (problem.json?.value("errors")?.elements ?? []).map { flaw in
            (
                flag: CommandWords.name(of: flaw.value("pointer")?.asText ?? "#", ofException: false),
                words: flaw.value("detail")?.asText?.onOneLine ?? ""
            )
        }
        let flags = flaws.map(\.flag).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        let advice =
            "\nCorrect \(flags.isEmpty ? "it" : flags.joined(separator: " and ")), and run drumbeat init again."
        // Of another problem the detail may speak of members and calls.
        guard problem.slug == "webhook-url-refused",
            let detail = problem.json?.value("detail")?.asText?.onOneLine
        else { return ClientFault("\(what) \(fault)\(advice)", problem: problem) }
        let more = flaws.filter { !detail.contains($0.words) }.map { "\n  \($0.flag): \($0.words)" }
        return ClientFault(
            "\(what) \(detail.replacing(ofMembers, with: ofFlags)) (\(problem.slug.onOneLine))"
                + more.joined() + advice,
            problem: problem)
    }

    /// What the service says to callers of its API about a login within a URL.
    private static let ofMembers = "secrets have members of their own"
    private static let ofFlags = "give --mail-user, or --nags-token-file"

    /// How a webhook is named: its kind, its URL as shown, whose it is.
    @discardableResult private func name(_ webhook: JSONValue) -> String {
        let words = [webhook.value("kind")?.asText, webhook.value("url")?.asText].compactMap { $0?.onOneLine }
        let whose = webhook.value("person")?.asText.map { " for \($0.onOneLine)" } ?? ""
        let name = words.joined(separator: " ") + whose
        if let id = webhook.value("id")?.asText { names[id] = name }
        return name
    }

    /// All items of a list.
    private func all(_ path: String) throws(ClientFault) -> [JSONValue] {
        var items: [JSONValue] = []
        var after: String?
        for _ in 0..<Self.pagesMax {
            let page = try caller.get(path + Query(("limit", "200"), ("after", after)).text).json
            items += page.value("items")?.elements ?? []
            after = page.value("next")?.asText
            if after == nil { break }
        }
        return items
    }

    /// Creates the first tokens, and writes each to a file that only its user can read.
    public func writeTokens(to folder: String) throws(ClientFault) {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            let reason = FileFault(path: folder, operation: "create", errno: errno)
            throw ClientFault("\(reason). Name another folder with --tokens.")
        }
        let now = caller.time.wall()
        let taken = Set(
            try all("/v1/tokens").filter { Self.isValid($0, at: now) }.compactMap { $0.value("name")?.asText }
        )
        var made: [JSONValue] = []
        defer { note("tokens", .array(made)) }
        for (name, scope) in Self.tokens {
            let file = "\(folder)/\(name).token"
            var state = "written"
            if Files.exists(file) {
                say("token \(name): kept, as the file exists: \(file.onOneLine)")
                state = "kept"
            } else if taken.contains(name) {
                say(
                    "token \(name): kept, as the service has one of that name. Its secret was shown once; "
                        + "drumbeat token revoke \(name) on the host makes room for another.")
                state = "kept"
            } else {
                try writeToken(name, scope, to: file)
                say("token \(name): wrote \(file.onOneLine) (scope \(scope))")
            }
            made.append(
                .object(
                    JSONObject(
                        ("name", name.asJSON), ("scope", scope.asJSON), ("file", file.asJSON),
                        ("state", state.asJSON))))
        }
    }

    /// Neither revoked nor expired: only such a token keeps others from having its name.
    private static func isValid(_ token: JSONValue, at now: Timestamp) -> Bool {
        guard token.value("revoked_at") == nil else { return false }
        return token.value("expires_at")?.asTimestamp.map { $0 > now } ?? true
    }

    /// A token whose secret cannot be kept is revoked again.
    private func writeToken(_ name: String, _ scope: String, to file: String) throws(ClientFault) {
        let reply = try caller.write(
            "POST", "/v1/tokens", JSONObject(("name", name.asJSON), ("scope", scope.asJSON)))
        guard let id = reply.json.value("id")?.asText else {
            throw ClientFault("The service gave no token. Run drumbeat init again.")
        }
        let reason: String
        if let secret = reply.json.value("token")?.asText {
            do throws(FileFault) {
                try Files.writeNew(file, Array((secret + "\n").utf8), mode: 0o600)
                return
            } catch {
                reason = "\(error). Name another folder with --tokens."
            }
        } else {
            // The first answer was lost, and only that had the secret.
            reason = "The secret of the token \(name) was lost on its way. Run drumbeat init again."
        }
        _ = try caller.write("DELETE", "/v1/tokens/\(id)", nil)
        throw ClientFault(reason)
    }

    /// Sends a test nag to every webhook that subscribes to nags, and waits for what becomes of each. Returns whether the one that was
    /// asked for works.
    public func test() throws(ClientFault) -> Bool {
        if isTested, let asked {
            let outcome = "the test arrived"
            say("test: \(names[asked] ?? asked.onOneLine): \(outcome)")
            let result = JSONObject(
                ("webhook", asked.asJSON), ("arrived", .bool(true)), ("outcome", outcome.asJSON))
            note("tests", .array([.object(result)]))
            return true
        }
        if names.isEmpty { for webhook in try all("/v1/webhooks") { name(webhook) } }
        var pending =
            try caller.write("POST", "/v1/nags/test", JSONObject()).json.value("messages")?.elements ?? []
        if pending.isEmpty {
            say("test: no webhook subscribes to nags, so no one hears one. Give one with --nags URL.")
        }
        var works = asked == nil
        if let asked, !pending.contains(where: { $0.value("webhook")?.asText == asked }) {
            say(
                "test: \(names[asked] ?? asked) gets no nags: it is disabled, or does not subscribe to update.overdue."
            )
        }
        var results: [JSONValue] = []
        defer { note("tests", .array(results)) }
        let began = caller.time.monotonic()
        while !pending.isEmpty {
            let isOver = caller.time.monotonic() - began >= Self.testLimit
            var rest: [JSONValue] = []
            for message in pending {
                guard let id = message.value("id")?.asText else { continue }
                let webhook = message.value("webhook")?.asText ?? ""
                let delivery = try caller.get("/v1/deliveries/\(id.onOneLine)").json
                let isDelivered = delivery.value("state")?.asText == "delivered"
                let isTried = (delivery.value("attempt_count")?.asInteger ?? 0) > 0
                guard isDelivered || isTried || isOver else {
                    rest.append(message)
                    continue
                }
                if isDelivered, webhook == asked { works = true }
                let outcome = Self.outcome(of: delivery)
                say("test: \(names[webhook] ?? webhook.onOneLine): \(outcome)")
                results.append(
                    .object(
                        JSONObject(
                            ("webhook", webhook.asJSON), ("delivery", id.asJSON),
                            ("arrived", .bool(isDelivered)), ("outcome", outcome.asJSON))))
            }
            pending = rest
            if !pending.isEmpty { wait(Self.testPause) }
        }
        return works
    }

    /// What became of a delivery, in words.
    static func outcome(of delivery: JSONValue) -> String {
        if delivery.value("state")?.asText == "delivered" { return "the test arrived" }
        guard (delivery.value("attempt_count")?.asInteger ?? 0) > 0 else {
            return "the test had no result within 10 seconds. Run drumbeat init again to send another."
        }
        let attempts = delivery.value("attempts")?.elements ?? []
        let last = attempts.max {
            ($0.value("number")?.asInteger ?? 0) < ($1.value("number")?.asInteger ?? 0)
        }
        let answer = last?.value("answer")?.asText?.onOneLine ?? ""
        let status = delivery.value("last_status")?.asInteger.map { "it answered \($0)" }
        let words = status.map { answer.isEmpty ? $0 : "\($0): \(answer)" }
        return
            "the test did not arrive: \(words ?? (delivery.value("last_error")?.asText ?? "no answer").onOneLine)"
    }
}

extension SetupPlan.Target {
    /// A setting that differs from that of a registered webhook, or cannot be compared.
    struct Change {
        let member: JSONObject.Member
        /// For a person; never the value of a secret.
        let words: String
    }

    /// How it is named before it is registered.
    var name: String { "\(kind) \(Self.withoutLogin(shownURL).onOneLine)" }

    /// Without what is before the last `@`, which may be a user and a password.
    private static func withoutLogin(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://"), let end = url.lastIndex(of: "@"),
            end >= scheme.upperBound
        else { return url }
        return url[..<scheme.upperBound] + "…" + url[end...]
    }

    /// What is to be changed of a webhook that `isLike` it. Only mail servers are shown whole, so of another kind nothing is.
    ///
    /// A login that is not given is kept. A password is not shown, so it is set whenever it is given.
    func changes(to webhook: JSONValue) -> [Change] {
        guard let mail else { return [] }
        var changes: [Change] = []
        if mail.from != webhook.value("from")?.asText {
            changes.append(
                Change(
                    member: .init(name: "from", value: mail.from.asJSON),
                    words: "the sender to \(mail.from.onOneLine)"))
        }
        if let username = mail.username, username != webhook.value("username")?.asText {
            changes.append(
                Change(
                    member: .init(name: "username", value: username.asJSON),
                    words: "the user to \(username.onOneLine)"))
        }
        if let password = mail.password {
            changes.append(
                Change(
                    member: .init(name: "password", value: password.asJSON),
                    words: "the password to the one that was given"))
        }
        return changes
    }

    /// As the service shows it: that of Slack and ntfy is a secret but for scheme and host.
    var shownURL: String {
        guard kind == "slack" || kind == "ntfy" else { return url }
        let scheme = url.prefix { $0 != ":" }
        let rest = url.dropFirst(scheme.count + 1).drop { $0 == "/" }
        return "\(scheme)://\(rest.prefix { !"/?#".contains($0) })/…"
    }

    /// Whether a registered webhook is the same, as far as that is shown.
    func isLike(_ webhook: JSONValue) -> Bool {
        webhook.value("kind")?.asText == kind && webhook.value("url")?.asText == shownURL
            && webhook.value("person")?.asText == person
            && webhook.value("to")?.elements.compactMap(\.asText) ?? [] == mail?.to ?? []
    }

    func body(events: [String]) -> JSONObject {
        JSONObject(
            ("kind", kind.asJSON), ("url", url.asJSON), ("events", .array(events.map(\.asJSON))),
            ("person", person?.asJSON), ("token", token?.asJSON), ("from", mail?.from.asJSON),
            ("to", mail.map { .array($0.to.map(\.asJSON)) }), ("username", mail?.username?.asJSON),
            ("password", mail?.password?.asJSON))
    }
}
