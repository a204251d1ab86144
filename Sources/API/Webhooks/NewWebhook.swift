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
