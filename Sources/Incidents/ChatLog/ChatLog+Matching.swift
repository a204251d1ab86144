import Model
import Time

extension ChatLog {
    /// Messages of one person at one time, which may be recorded already.
    public struct Group: Hashable, Sendable {
        public let author: Person
        public let at: Timestamp

        public init(author: Person, at: Timestamp) {
            self.author = author
            self.at = at
        }
    }

    /// Pairs the texts of a group with those that are recorded of it: returns an ordinal for each text. One below `recorded.count` is
    /// recorded already, the others follow.
    ///
    /// A recorded text is `nil` when it was redacted. It takes a text that matches no other: what was erased must not come back.
    public static func ordinals(of texts: [String], recorded: [String?]) -> [Int] {
        var free: [[UInt8]: [Int]] = [:]
        var erased: [Int] = []
        for (ordinal, text) in recorded.enumerated().reversed() {
            if let text {
                free[Array(text.utf8), default: []].append(ordinal)
            } else {
                erased.append(ordinal)
            }
        }
        let matched = texts.map { free[Array($0.utf8)]?.popLast() }
        var next = recorded.count
        return matched.map { ordinal in
            if let ordinal { return ordinal }
            if let ordinal = erased.popLast() { return ordinal }
            defer { next += 1 }
            return next
        }
    }
}
