/// The texts of the first ten minutes: a line `item: text` for each item, replaceable by the operator.
public struct ChecklistTexts: Sendable, Equatable {
    /// Why a text is no checklist.
    public struct Fault: Error, Equatable, Sendable {
        /// From 1.
        public let line: Int
        /// What is wrong, and what is allowed.
        public let detail: String
    }

    /// Longest text of an item, in bytes.
    static let textBytesMax = 1_000

    private let texts: [ChecklistItem: String]

    /// Blank lines, and lines that begin with `#`, are skipped.
    public init(text: String) throws(Fault) {
        var texts: [ChecklistItem: String] = [:]
        var number = 0
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            let line = line.trimmingBlanks
            guard let first = line.first, first != 0x23 else { continue }
            let name = line.prefix { $0 != 0x3A }
            let words = line.dropFirst(name.count + 1).trimmingBlanks
            guard let item = ChecklistItem(rawValue: String(Substring(name.trimmingBlanks))) else {
                throw Fault(
                    line: number,
                    detail: "A line must be \"item: text\"; the items are \(ChecklistItem.allNames).")
            }
            guard texts[item] == nil else {
                throw Fault(line: number, detail: "\(item.rawValue) has a text already.")
            }
            guard !words.isEmpty, words.count <= ChecklistTexts.textBytesMax else {
                throw Fault(
                    line: number,
                    detail: "\(item.rawValue) needs a text of 1 to \(ChecklistTexts.textBytesMax) bytes.")
            }
            texts[item] = String(Substring(words))
        }
        if let missing = ChecklistItem.allCases.first(where: { texts[$0] == nil }) {
            throw Fault(line: number, detail: "The text of \(missing.rawValue) is missing.")
        }
        self.texts = texts
    }

    public subscript(item: ChecklistItem) -> String { texts[item] ?? "" }
}
