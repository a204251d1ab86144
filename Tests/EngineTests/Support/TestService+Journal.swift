import Encoding
import Engine
import Journal
import Model
import ServiceSupport
import Time

extension TestService {
    /// An attempt at webhook `a` that took a second and ended now.
    func ended(_ result: OutboundResult, url: String = "https://a.test/hook") -> AttemptEnd {
        AttemptEnd(result, url: url, startedAt: now - .seconds(1), duration: .seconds(1))
    }

    /// Every entry there is.
    func entries() throws -> [StoredEntry] {
        try reader.entries(afterPosition: 0, limit: 1_000_000)
    }

    /// Every entry of a stream.
    func entries(of stream: StreamID) throws -> [StoredEntry] {
        try reader.entries(of: stream, after: 0, kind: nil, visibility: nil, limit: 1_000_000)
    }
}

extension IdempotencyKey {
    /// A key with the request it came with.
    init(_ key: String, request: String = "request") {
        self.init(
            keyDigest: Array(Digest.sha256(Array(key.utf8)).prefix(16)),
            requestDigest: Array(Digest.sha256(Array(request.utf8)).prefix(16)))
    }
}
