import Encoding
import Time

/// Signs deliveries. Source: Standard Webhooks 1.0, "Webhook Headers" and "Signature scheme".
public enum StandardWebhook {
    /// A new secret of 32 random bytes.
    public static func newSecret(_ random: any RandomSource) -> Secret {
        Secret(key: random.bytes(32))
    }

    /// The value of `webhook-signature`: `v1,` and base64 per secret, separated by blanks, so that a receiver with the old or the new
    /// secret accepts it during a rotation.
    ///
    /// `timestamp` is that of the attempt in Unix seconds, as in `webhook-timestamp`; `body` is sent byte for byte.
    public static func signature(id: String, timestamp: Int64, body: [UInt8], secrets: [Secret]) -> String {
        let content = Array("\(id).\(timestamp).".utf8) + body
        return secrets.map { "v1," + Base64.encode(Digest.hmacSHA256(key: $0.key, content)) }
            .joined(separator: " ")
    }

    /// Whether a text is a valid `webhook-id`: 1 to 64 letters, digits, `_` and `-`. A full stop would make the signed content ambiguous.
    static func isID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D: true
                default: false
                }
            }
    }

    /// The headers of one attempt, as `name: value`.
    static func headers(id: String, sentAt: Timestamp, body: [UInt8], secrets: [Secret]) -> [String] {
        // Whole seconds, rounded down. A time before 1970 means a wrong clock; the receiver will refuse it in any case.
        let seconds = max(0, sentAt.milliseconds) / 1_000
        return [
            "webhook-id: \(id)",
            "webhook-timestamp: \(seconds)",
            "webhook-signature: " + signature(id: id, timestamp: seconds, body: body, secrets: secrets),
        ]
    }

    /// The shared signing key. Its description is `***`.
    public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
        CustomReflectable
    {
        fileprivate static let prefix = "whsec_"
        fileprivate let key: [UInt8]

        /// Parses `whsec_` and the base64 of 24 to 64 bytes, with or without padding.
        public init(_ text: String) throws(SecretFault) {
            guard text.utf8.starts(with: Self.prefix.utf8) else { throw .prefix }
            let encoded = String(decoding: text.utf8.dropFirst(Self.prefix.utf8.count), as: UTF8.self)
            guard let key = Base64.decode(encoded) else { throw .base64 }
            guard (24...64).contains(key.count) else { throw .length(key.count) }
            self.key = key
        }

        fileprivate init(key: [UInt8]) {
            self.key = key
        }

        /// The full text, for storage or for showing once to its owner.
        public func reveal() -> String { Self.prefix + Base64.encode(key) }

        /// Constant-time comparison.
        public static func == (left: Secret, right: Secret) -> Bool { Digest.equal(left.key, right.key) }

        public var description: String { "***" }
        public var debugDescription: String { "***" }
        /// Empty: `dump` and test reports use it.
        public var customMirror: Mirror { Mirror(self, children: []) }
    }

    /// Why a text is not a valid secret. Never contains the text.
    public enum SecretFault: Error, Equatable, Sendable, CustomStringConvertible {
        /// It does not begin with `whsec_`.
        case prefix
        /// The rest is not base64 with the standard alphabet.
        case base64
        /// The number of bytes is not 24 to 64.
        case length(Int)

        /// What is wrong and what to write instead.
        public var description: String {
            switch self {
            case .prefix: "a webhook secret begins with whsec_"
            case .base64: "a webhook secret is whsec_ and base64 with the standard alphabet; this one is not"
            case .length(let count): "a webhook secret has 24 to 64 bytes; this one has \(count)"
            }
        }
    }
}
