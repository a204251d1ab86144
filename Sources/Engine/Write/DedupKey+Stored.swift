import Encoding
import Model

extension DedupKey {
    /// As `onceKey` of the entry.
    public var stored: String {
        switch self {
        case .name(let name):
            return name
        case .source(let system, let ref):
            // A digest: the words of a source live in the entry alone, so that a redaction erases them everywhere.
            return "source:" + Hex.encode(Digest.sha256(Array("\(system.utf8.count):\(system):\(ref)".utf8)))
        }
    }
}
