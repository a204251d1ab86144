import Encoding
import JSON

/// The hash chain of a stream's entries: reveals any change of stored entries (docs/chain.md defines it byte by byte).
public enum Chain {
    /// `previous hash` of a stream's first entry: 64 zeros.
    public static let start = [UInt8](repeating: 0, count: 32)

    /// Random bytes before the words in their digest, so that a short secret cannot be guessed from it.
    public static let saltBytes = 16

    /// SHA-256 of salt and stored words.
    public static func wordsDigest(salt: [UInt8], words: [UInt8]) -> [UInt8] {
        Digest.sha256(salt + words)
    }

    /// The entry's link: SHA-256 of one line of JSON, an array of thirteen.
    public static func hash(of entry: StoredEntry, in id: String, after previous: [UInt8]) -> [UInt8] {
        Digest.sha256(line(of: entry, in: id, after: previous))
    }

    /// The hashed line: format, incident, seq, entry id, kind, author, posted_by, occurred_at, recorded_at, visibility, facts,
    /// words_digest, previous hash.
    public static func line(of entry: StoredEntry, in id: String, after previous: [UInt8]) -> [UInt8] {
        var line = JSONWriter(reserving: 384 + entry.facts.count)
        line.beginArray()
        line.integer(1)
        line.string(id)
        line.integer(entry.seq)
        line.string(entry.id)
        line.string(entry.kind.rawValue)
        line.string(entry.author)
        line.string(entry.postedBy)
        line.integer(entry.occurredAt.milliseconds)
        line.integer(entry.recordedAt.milliseconds)
        line.string(entry.visibility.rawValue)
        line.raw(entry.facts)
        line.string(Hex.encode(entry.wordsDigest))
        line.string(Hex.encode(previous))
        line.endArray()
        return line.bytes
    }

    /// Verifies an entry against its predecessor. Returns the first mismatch in words; `nil` when there is none.
    public static func flaw(of entry: StoredEntry, in id: String, seq: Int, after previous: [UInt8])
        -> String?
    {
        if entry.seq != seq { return "seq is \(entry.seq), not \(seq)" }
        if let words = entry.words {
            guard let salt = entry.salt, salt.count == saltBytes else { return "its words have no salt" }
            guard wordsDigest(salt: salt, words: words) == entry.wordsDigest else {
                return "its words were changed: they do not match their digest"
            }
        } else if entry.salt != nil {
            return "it has a salt but no words, so short words can be guessed from the digest"
        }
        guard hash(of: entry, in: id, after: previous) == entry.hash else {
            return "its hash does not match: it or an earlier entry was changed"
        }
        return nil
    }
}
