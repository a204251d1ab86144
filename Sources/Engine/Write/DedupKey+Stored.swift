import Encoding
import Model

extension DedupKey {
    /// As `onceKey` of the entry.
    public var stored: String {
        switch self {
        case .name(let name):
            return name
        case .source(let system, let ref):
            return DedupKey.digest(asciiLowercased(system), ref)
        }
    }

    /// As earlier versions stored it, if that differs: they told "Slack" from "slack".
    var storedBefore: String? {
        guard case .source(let system, let ref) = self else { return nil }
        let key = DedupKey.digest(system, ref)
        return key == stored ? nil : key
    }

    /// A digest: the words of a source live in the entry alone, so that a redaction erases them everywhere.
    private static func digest(_ system: String, _ ref: String) -> String {
        "source:" + Hex.encode(Digest.sha256(Array("\(system.utf8.count):\(system):\(ref)".utf8)))
    }
}
