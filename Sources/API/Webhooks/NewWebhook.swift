import Engine
import Journal
import Model

/// The body of a webhook registration.
struct NewWebhook: Sendable {
    var kind: Webhook.Kind.Name
    var url: String
    var events: [String]
    /// `nil` for everyone.
    var person: String?
    /// `nil` for a generated secret.
    var secret: String?
    var options: WebhookOptions

    init(from body: BodyReader) {
        kind = body.choice("kind", of: Webhook.Kind.Name.self) ?? .standard
        url = body.text(
            "url", .url,
            "https to a public address, or to one that the operator allows; smtps or smtp of kind smtp.")
        events = body.patterns("events")
        person = body.optionalText(
            "person", .person, "The person whom its messages reach; omit it for everyone.")
        secret = body.secret()
        options = WebhookOptions(from: body)
        options.refuseMisfits(for: kind, in: body)
        if secret != nil, kind != .standard {
            body.refuse("secret", "Only a webhook of kind standard is signed. Remove it.")
        }
        if kind == .smtp {
            if options.from == nil { body.refuse("from", "This member is required: the sender's address.") }
            if options.to?.isEmpty ?? true {
                body.refuse("to", "This member is required: the recipients' addresses.")
            }
        }
    }

    /// The kind with its options.
    var complete: Webhook.Kind {
        switch kind {
        case .standard: .standard
        case .slack: .slack
        case .ntfy: options.applied(to: .ntfy(token: nil))
        case .smtp: options.applied(to: .smtp(.init(from: "", to: [], username: nil, password: nil)))
        }
    }
}

/// What kinds need besides the URL. `nil` leaves a member unchanged; an inner `nil` clears it.
struct WebhookOptions: Sendable, Equatable {
    /// Of ntfy.
    var token: String??
    /// Of smtp.
    var from: String?
    var to: [String]?
    var username: String??
    var password: String??

    init(from body: BodyReader) {
        func clearable(_ name: String, _ note: String) -> String?? {
            body.isNull(name) ? .some(nil) : body.optionalText(name, .credential, note).map { .some($0) }
        }
        token = clearable("token", "Of kind ntfy: the access token.")
        from = body.optionalText("from", .name, "Of kind smtp: the sender's address.")
        to = body.ifPresent("to") {
            body.optionalTexts(
                "to", .name, countMax: Webhook.Mail.recipientsMax,
                "Of kind smtp: the recipients' addresses.")
        }
        username = clearable("username", "Of kind smtp.")
        password = clearable("password", "Of kind smtp.")
    }

    /// Refuses members of other kinds.
    func refuseMisfits(for kind: Webhook.Kind.Name, in body: BodyReader) {
        for name in misfits(for: kind) {
            body.refuse(name, "A webhook of kind \(kind.rawValue) has no \(name). Remove it.")
        }
    }

    /// The names of given members that a kind does not have. `null` is none.
    func misfits(for kind: Webhook.Kind.Name) -> [String] {
        let given: [(String, Webhook.Kind.Name, Bool)] = [
            ("token", .ntfy, token?.map { _ in true } ?? false), ("from", .smtp, from != nil),
            ("to", .smtp, to?.isEmpty == false), ("username", .smtp, username?.map { _ in true } ?? false),
            ("password", .smtp, password?.map { _ in true } ?? false),
        ]
        return given.filter { $0.2 && $0.1 != kind }.map(\.0)
    }

    func applied(to kind: Webhook.Kind) -> Webhook.Kind {
        switch kind {
        case .standard, .slack: return kind
        case .ntfy(let before): return .ntfy(token: token ?? before)
        case .smtp(var mail):
            mail.from = from ?? mail.from
            mail.to = to ?? mail.to
            mail.username = username ?? mail.username
            mail.password = password ?? mail.password
            return .smtp(mail)
        }
    }
}

/// The body of a webhook's change (RFC 7396): absent members stay.
struct WebhookEdit: Sendable {
    var changes = EditWebhook.Changes()
    var options: WebhookOptions

    init(from body: BodyReader) {
        changes.url = body.ifPresent("url") { body.text("url", .url) }
        changes.events = body.ifPresent("events") { body.patterns("events") }
        changes.isEnabled = body.ifPresent("enabled") { body.requiredBool("enabled") }
        if body.isNull("person") {
            changes.person = .some(nil)
        } else {
            changes.person = body.optionalText("person", .person, "null for everyone.").map {
                .some(Person($0))
            }
        }
        options = WebhookOptions(from: body)
    }
}

/// The body of a secret rotation.
struct SecretRotation: Sendable {
    /// Upper bound of the overlap: a week is more than any deployment needs.
    private static let overlapSecondsMax: Int64 = 7 * 86_400
    /// Default overlap: a rotation in the morning can be deployed until the next one.
    private static let overlapSecondsDefault = 86_400

    /// `nil` for a generated secret.
    var secret: String?
    var overlapSeconds: Int

    init(from body: BodyReader) {
        secret = body.secret()
        overlapSeconds =
            body.integer("overlap_seconds", in: 0...SecretRotation.overlapSecondsMax)
            ?? SecretRotation.overlapSecondsDefault
    }
}

extension BodyReader {
    /// Upper bound of a webhook's patterns.
    private static let patternsMax = 50

    /// The event patterns of a webhook; a pattern that matches no event is a typo.
    func patterns(_ name: String) -> [String] {
        let (types, max) = (EventType.all.map(\.rawValue), BodyReader.patternsMax)
        let bytesMax = TextConstraint.name.charactersMax
        return texts(
            name,
            .either([
                .word(types),
                .pattern("^(?:\\*|[a-z_]+)(?:\\.(?:\\*|[a-z_]+))*$", bytesMax: bytesMax),
            ]), count: 1...max,
            otherwise:
                "It must be an array of 1 to \(max) patterns: [\"update.*\", \"incident.*\"], or [\"*\"] for everything.",
            elementsOtherwise:
                "No event type matches this pattern. The event types are \(types.joined(separator: ", "))."
        ) { pattern in
            // The length first: a pattern is split once per type.
            pattern.utf8.count <= bytesMax && EventType.isUseful(pattern: pattern)
        }
    }

    /// A signing secret; `checkSecret` validates it.
    func secret() -> String? {
        optional("secret", .pattern("^whsec_[A-Za-z0-9+/]{32,86}={0,2}$"), otherwise: "") { $0 }
    }

    /// Refuses an invalid signing secret. The check depends on the running service.
    func checkSecret(_ secret: String?, _ services: Services) {
        guard let secret, !services.isSecret(secret) else { return }
        refuse(
            "secret", "It must be whsec_ followed by the base64 of 24 to 64 bytes. Omit it to generate one.")
    }
}
