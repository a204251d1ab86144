import Journal

/// Kind `standard`: signed JSON events (Standard Webhooks 1.0). Any status from 200 to 299 is a delivery; all others are repeated.
struct SignedWebhook: WebhookKind {
    let event: OutboundMessage.SignedEvent

    static func target(_ url: String) throws(URLRefusal) -> WebhookURL {
        try WebhookURL(url, schemes: WebScheme.web)
    }

    func request(_ message: OutboundMessage) throws(Unsendable) -> TransferRequest {
        guard StandardWebhook.isID(message.id) else {
            throw Unsendable(reason: "the webhook-id is not 1 to 64 letters, digits, _ and -")
        }
        // A receiver that checks signatures would drop an unsigned message, and one that does not would accept anyone's.
        guard !event.secrets.isEmpty else {
            throw Unsendable(reason: "the webhook has no signing secret")
        }
        var secrets: [StandardWebhook.Secret] = []
        for text in event.secrets {
            do { secrets.append(try StandardWebhook.Secret(text)) } catch {
                throw Unsendable(reason: error.description)
            }
        }
        let signed = StandardWebhook.headers(
            id: message.id, sentAt: message.sentAt, body: event.body, secrets: secrets)
        return TransferRequest(
            target: try .checked(message.url, Self.self), url: message.url,
            headers: ["content-type: application/json"] + signed
                + (event.backlog.map { ["drumbeat-backlog: \($0)"] } ?? []),
            body: event.body)
    }

    func result(_ response: TransferResponse) -> OutboundResult { response.answered }
}

extension WebhookURL {
    /// The URL of a message, checked as at registration.
    static func checked(_ url: String, _ kind: any WebhookKind.Type) throws(Unsendable) -> WebhookURL {
        do { return try kind.target(url) } catch { throw Unsendable(reason: error.description) }
    }
}
