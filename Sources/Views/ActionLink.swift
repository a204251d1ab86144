import Encoding
import Incidents
import Time

/// A link in a message that does one thing to one incident, for a day and without a token. It is signed with the secret of the webhook that
/// the message went to: none works while the webhook is disabled, or once it is deleted.
public struct ActionLink: Sendable, Equatable {
    public enum Act: Sendable, Equatable {
        /// Publishes that there is nothing new.
        case nothingNew
        case snooze(minutes: Int)
    }

    /// How long a link works.
    public static let lifetime: Duration = .seconds(86_400)
    private static let signatureBytes = 16

    /// Id of the webhook.
    public let webhook: String
    /// Number of the incident.
    public let number: Int
    public let act: Act
    /// In Unix seconds.
    public let expiresAt: Int64

    public init(_ act: Act, on number: Int, for webhook: String, sentAt moment: Timestamp) {
        self.act = act
        self.number = number
        self.webhook = webhook
        expiresAt = (moment + ActionLink.lifetime).milliseconds / 1_000
    }

    /// The last segment of the link's path: letters, digits, `_`, `-` and full stops.
    public func code(signedWith secret: String) -> String {
        "\(content).\(ActionLink.signature(of: content, secret))"
    }

    /// The link of a code that one of the secrets has signed; `nil` for any other text.
    public init?(code: String, signedWith secrets: (_ webhook: String) -> [String]) {
        let parts = code.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, let number = Int(parts[1]), let expiresAt = Int64(parts[3]),
            let act = Act(code: parts[2])
        else { return nil }
        (webhook, self.number, self.act, self.expiresAt) = (parts[0], number, act, expiresAt)
        let content = content
        // A number has one spelling: what was done once is known by the code.
        guard code.hasPrefix(content + ".") else { return nil }
        let isSigned = secrets(webhook).contains { secret in
            Digest.equal(Array(parts[4].utf8), Array(ActionLink.signature(of: content, secret).utf8))
        }
        guard isSigned else { return nil }
    }

    private var content: String { "\(webhook).\(number).\(act.code).\(expiresAt)" }

    private static func signature(of content: String, _ secret: String) -> String {
        let digest = Digest.hmacSHA256(key: Array(secret.utf8), Array("drumbeat action \(content)".utf8))
        return Hex.encode(Array(digest.prefix(signatureBytes)))
    }
}

extension ActionLink.Act {
    fileprivate var code: String {
        switch self {
        case .nothingNew: "nothing_new"
        case .snooze(let minutes): "snooze-\(minutes)"
        }
    }

    fileprivate init?(code: String) {
        if code == ActionLink.Act.nothingNew.code {
            self = .nothingNew
        } else if code.hasPrefix("snooze-"), let minutes = Int(code.dropFirst("snooze-".count)),
            1...60 ~= minutes
        {
            self = .snooze(minutes: minutes)
        } else {
            return nil
        }
    }
}
