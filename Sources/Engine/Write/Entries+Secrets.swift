import Incidents
import Journal
import Lint
import Model

extension [StoredEntry] {
    /// The warning that something people wrote looks like a secret, in whatever entry it stands. A bot must not lose one, so nothing is
    /// refused.
    ///
    /// The source is not looked at: ids of messages and links to them are no words of people.
    func warningsOfSecrets<State>(asSent new: [NewEntry<State>]) -> [Warning] {
        let finds = zip(self, new).contains { stored, new in
            !type(of: new.payload).isAutomatic && stored.holdsSecret(hasSource: new.source != nil)
        }
        return finds ? [.looksLikeASecret] : []
    }
}

extension StoredEntry {
    fileprivate func holdsSecret(hasSource: Bool) -> Bool {
        guard var words else { return false }
        if hasSource, let source = words.lastRange(of: Self.sourceMark) { words.removeSubrange(source...) }
        if words.contains(UInt8(ascii: "\\")) { words = Self.unescaped(words) }
        return SecretScanner.finds(in: words)
    }

    /// How the source of an entry begins, which stands last (`EntryBytes`).
    private static let sourceMark = Array(#","source":{"system":"#.utf8)

    /// The words as they were written, near enough to look at: escaped control characters become blanks.
    private static func unescaped(_ words: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(words.count)
        var rest = words[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
                plain.append(byte)
                continue
            }
            switch escaped {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(escaped)
            case UInt8(ascii: "u"):
                rest = rest.dropFirst(4)
                plain.append(0x20)
            default: plain.append(0x20)
            }
        }
        return plain
    }
}

extension [UInt8] {
    /// Where the last occurrence of a part begins.
    fileprivate func lastRange(of part: [UInt8]) -> Int? {
        var start = count - part.count
        while start >= 0 {
            if self[start] == part[0], self[start..<start + part.count].elementsEqual(part) { return start }
            start -= 1
        }
        return nil
    }
}
