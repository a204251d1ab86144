import Incidents
import Journal
import JSON
import Model
import Time
import Views

public struct CreateWebhook: WriteRequest {
    private let webhook: Webhook
    private let warnings: [Warning]

    /// The warnings are of the test message.
    public init(_ webhook: Webhook, warnings: [Warning] = []) {
        self.webhook = webhook
        self.warnings = warnings
    }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        transaction.write(webhook)
        return Outcome(
            .created, .resource(ShownResource(webhook, showingSecret: true, warnings: warnings)))
    }
}

/// Refuses a webhook whose target cannot work. A repetition of a request that was accepted gets the kept response first.
public struct RefuseWebhook: WriteRequest {
    private let refusal: Refusal

    public init(_ refusal: Refusal) {
        self.refusal = refusal
    }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        throw .refused(refusal)
    }
}

public struct EditWebhook: WriteRequest {
    /// `nil` leaves a member unchanged.
    public struct Changes: Sendable {
        public var url: String?
        /// Event type patterns.
        public var events: [String]?
        public var isEnabled: Bool?
        /// Changes the options of the kind.
        public var options: (@Sendable (Webhook.Kind) -> Webhook.Kind)?
        /// An inner `nil` is for everyone.
        public var person: Person??

        public init() {}
    }

    private let id: String
    private let changes: Changes
    private let matches: (@Sendable (Webhook) -> Bool)?

    /// `matches` is the precondition (optimistic concurrency); `nil` for none.
    public init(_ id: String, _ changes: Changes, ifMatch matches: (@Sendable (Webhook) -> Bool)? = nil) {
        self.id = id
        self.changes = changes
        self.matches = matches
    }

    /// Disabling a webhook cancels its pending deliveries. Enabling it or changing its URL clears its failure record.
    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        let before = try transaction.requireWebhook(id)
        guard matches?(before) ?? true else {
            throw .refused(
                Refusal(
                    .preconditionFailed,
                    "The webhook is not as If-Match or If-None-Match requires. Read it, then retry with its ETag in If-Match.",
                    current: .object(before.json)))
        }
        let webhook = edited(before, transaction)
        let outcome = Outcome(.done, .resource(ShownResource(webhook)))
        guard webhook != before else { return outcome }
        if webhook.disabledAt != nil, before.disabledAt == nil { transaction.cancelDeliveries(to: webhook) }
        transaction.write(webhook)
        transaction.context.log(
            .info, "webhook.changed",
            [
                ("endpoint", webhook.id), ("enabled", "\(webhook.disabledAt == nil)"),
                ("by", transaction.author.person.name),
            ])
        return outcome
    }

    private func edited(_ before: Webhook, _ transaction: WriteTransaction) -> Webhook {
        var webhook = before
        webhook.events = changes.events ?? webhook.events
        webhook.person = changes.person ?? webhook.person
        webhook.kind = changes.options?(webhook.kind) ?? webhook.kind
        webhook.url = changes.url ?? webhook.url
        if (webhook.url, webhook.kind) != (before.url, before.kind) {
            webhook.failingSince = nil
            webhook.failures = 0
        }
        switch changes.isEnabled {
        case true? where before.disabledAt != nil:
            webhook.disabledAt = nil
            webhook.disabledReason = nil
            webhook.failingSince = nil
            webhook.failures = 0
        case false? where before.disabledAt == nil:
            webhook.disabledAt = transaction.now
            webhook.disabledReason = "disabled by \(transaction.author.person.name)"
            webhook.behindSince = nil
        default: break
        }
        return webhook
    }
}

/// Rotates the secret of a webhook. Earlier secrets, also of earlier rotations, keep signing until they expire or `overlap` ends,
/// whichever is first; an overlap of zero revokes them now.
public struct RotateSecret: WriteRequest {
    /// How many previous secrets may sign. A third rotation within the overlaps ends the oldest early, which keeps the signature header
    /// short.
    static let previousSecretsMax = 2

    private let id: String
    private let secret: String
    private let overlap: Duration

    public init(of webhook: String, to secret: String, overlap: Duration) {
        id = webhook
        self.secret = secret
        self.overlap = overlap
    }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        let before = try transaction.requireWebhook(id)
        guard secret != before.secret else {
            throw .refused(
                .invalid(
                    "#/secret", "The webhook already has this secret. Omit it to generate a new one."))
        }
        guard before.kind == .standard else {
            throw .refused(
                .invalid(
                    "#",
                    "Only webhooks of kind standard are signed. To change a token or a password, PATCH the webhook."
                ))
        }
        let end = transaction.now + overlap
        var webhook = before
        webhook.secret = secret
        let previous = [Webhook.PreviousSecret(secret: before.secret, until: end)] + before.previousSecrets
        webhook.previousSecrets = Array(
            previous.map { .init(secret: $0.secret, until: min($0.until, end)) }
                .filter { $0.until > transaction.now && $0.secret != secret }
                .prefix(RotateSecret.previousSecretsMax))
        transaction.write(webhook)
        transaction.context.log(
            .info, "webhook.secret_rotated",
            [("endpoint", webhook.id), ("overlap_seconds", "\(overlap.wholeSeconds)")])
        return Outcome(.done, .resource(ShownResource(webhook, showingSecret: true, warnings: [])))
    }
}

public struct DeleteWebhook: WriteRequest {
    private let id: String

    public init(_ id: String) {
        self.id = id
    }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        transaction.delete(try transaction.requireWebhook(id))
        return .finished
    }
}

/// Queues a test event for a webhook.
public struct TestWebhook: WriteRequest {
    private let id: String

    public init(_ id: String) {
        self.id = id
    }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        let webhook = try transaction.requireWebhook(id)
        try webhook.requireOn()
        let messageID = transaction.addTest(of: webhook)
        var writer = JSONWriter()
        writer.test(messageID, of: webhook)
        return Outcome(.accepted, .resource(ShownResource(.delivery, id: messageID, body: writer.bytes)))
    }
}

/// Queues a test event for each webhook that would hear a nag.
public struct TestNags: WriteRequest {
    private let person: Person?

    /// A nag to that person; `nil` for any.
    public init(of person: Person?) {
        self.person = person
    }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        let asked = person.map { [$0] }
        let wanting = transaction.webhooks.filter { $0.wants(.updateOverdue) && $0.isFor(asked) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("messages")
        writer.beginArray()
        for webhook in wanting { writer.test(transaction.addTest(of: webhook), of: webhook) }
        writer.endArray()
        writer.warnings(Warning.silence(transaction.hearing, to: asked ?? []))
        writer.endObject()
        return Outcome(.accepted, .resource(ShownResource(.test, id: "", body: writer.bytes)))
    }
}

extension WriteTransaction {
    /// Queues a test event; returns its message id.
    fileprivate mutating func addTest(of webhook: Webhook) -> String {
        add(
            .webhookTest, to: webhook.id, of: nil, seq: nil, dueAt: nil,
            expiresAt: now + .seconds(900))
    }
}

extension JSONWriter {
    fileprivate mutating func test(_ messageID: String, of webhook: Webhook) {
        beginObject()
        member("id", messageID)
        member("type", EventType.webhookTest.rawValue)
        member("webhook", webhook.id)
        endObject()
    }
}

/// Marks a webhook as behind with that backlog, or as caught up (`nil`). Does nothing if it is marked so already.
struct RecordBacklog: WriteRequest {
    let webhook: String
    let backlog: Backlog?

    func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        guard var webhook = transaction.webhook(webhook), webhook.disabledAt == nil,
            (webhook.behindSince != nil) != (backlog != nil)
        else { return .finished }
        webhook.behindSince = backlog == nil ? nil : transaction.now
        transaction.write(webhook)
        guard let backlog else {
            transaction.context.log(.info, "webhook.caught_up", [("endpoint", webhook.id)])
            return .finished
        }
        var fields = [("endpoint", webhook.id), ("pending", "\(backlog.pending)")]
        if let firstDue = backlog.firstDue { fields.append(("first_due_at", firstDue.rfc3339)) }
        transaction.context.log(.warning, "webhook.behind", fields)
        return .finished
    }
}

extension Webhook {
    /// Refuses a request that would send to a disabled webhook.
    func requireOn() throws(WriteFault) {
        guard disabledAt != nil else { return }
        throw .refused(
            .invalid(
                "#", "The webhook is disabled (\(disabledReason ?? "by hand")). Enable it first.",
                links: [.init("editWebhook", id, detail: "enables it", body: ["enabled": true])]))
    }

    fileprivate var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.members(of: self)
        writer.endObject()
        return writer.bytes
    }
}

extension ShownResource {
    init(_ webhook: Webhook) {
        self.init(.webhook, id: webhook.id, body: webhook.json)
    }

    fileprivate init(_ webhook: Webhook, showingSecret: Bool, warnings: [Warning]) {
        func body(_ secret: String?) -> [UInt8] {
            var writer = JSONWriter()
            writer.beginObject()
            writer.members(of: webhook)
            writer.member("secret", secret)
            writer.warnings(warnings)
            writer.endObject()
            return writer.bytes
        }
        self.init(
            .webhookSecret, id: webhook.id, body: body(nil),
            bodyWithSecret: showingSecret && webhook.kind == .standard ? body(webhook.secret) : nil)
    }
}
