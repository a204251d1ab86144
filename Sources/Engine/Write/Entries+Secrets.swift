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
        for index in 0..<Swift.min(count, new.count)
        where self[index].holdsSecret(hasSource: new[index].source != nil)
            && !type(of: new[index].payload).isAutomatic
        {
            return [.looksLikeASecret]
        }
        return []
    }
}

extension StoredEntry {
    fileprivate func holdsSecret(hasSource: Bool) -> Bool {
        guard let words else { return false }
        return words.withUnsafeBufferPointer { words in
            let said = hasSource ? Self.withoutSource(words) : words
            guard SecretScanner.mayFind(in: said) else { return false }
            guard said.contains(UInt8(ascii: "\\")) else { return SecretScanner.finds(in: said) }
            return Self.unescaped(said).withUnsafeBufferPointer { SecretScanner.finds(in: $0) }
        }
    }

    /// How the source of an entry begins, which stands last (`EntryBytes`).
    private static let sourceMark: StaticString = #","source":{"system":"#

    private static func withoutSource(_ words: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        let mark = UnsafeBufferPointer(start: sourceMark.utf8Start, count: sourceMark.utf8CodeUnitCount)
        var start = words.count - mark.count
        while start >= 0 {
            let rest = UnsafeBufferPointer(rebasing: words[start..<start + mark.count])
            if rest[0] == mark[0], rest.elementsEqual(mark) {
                return UnsafeBufferPointer(rebasing: words[..<start])
            }
            start -= 1
        }
        return words
    }

    /// The words as they were written, near enough to look at: escaped control characters become blanks.
    private static func unescaped(_ words: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: words.count) { plain, count in
            var index = 0
            while index < words.count {
                var byte = words[index]
                index += 1
                if byte == UInt8(ascii: "\\"), index < words.count {
                    let escaped = words[index]
                    index += escaped == UInt8(ascii: "u") ? 5 : 1
                    byte =
                        [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/")].contains(escaped)
                        ? escaped : 0x20
                }
                plain[count] = byte
                count += 1
            }
        }
    }
}
