import Encoding
import Engine
import Journal
import Model
import ServiceSupport
import Time

extension TestService {
    /// The end of an attempt at webhook `a` that took one second and ended now.
    func ended(_ result: OutboundResult, url: String = "https://a.test/hook") -> AttemptEnd {
        AttemptEnd(result, url: url, startedAt: now - .seconds(1), duration: .seconds(1))
    }

    /// All entries.
    func entries() throws -> [StoredEntry] {
        try reader.entries(afterPosition: 0, limit: 1_000_000)
    }

    /// All entries of a stream.
    func entries(of stream: StreamID) throws -> [StoredEntry] {
        try reader.entries(of: stream, after: 0, kind: nil, visibility: nil, limit: 1_000_000)
    }
}

extension IdempotencyKey {
    /// A key, with the digest of its request.
    init(_ key: String, request: String = "request") {
        self.init(
            keyDigest: Array(Digest.sha256(Array(key.utf8)).prefix(16)),
            requestDigest: Array(Digest.sha256(Array(request.utf8)).prefix(16)), digestAsSent: [])
    }
}
