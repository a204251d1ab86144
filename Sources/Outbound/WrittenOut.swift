import Encoding

/// Texts that people wrote, for display elsewhere: what hides is written out, and what is too long is cut.
extension String {
    /// The beginning of the text on one line.
    var writtenOutOnOneLine: String { beginning(String.lineMax).joinedLines }

    /// At most that many characters, for a text that will be cut to fewer.
    func beginning(_ countMax: Int) -> String {
        utf8.count <= countMax ? self : String(unicodeScalars.prefix(countMax))
    }

    /// Without blanks and line ends at its end, as templates have.
    var withoutEnd: String {
        var scalars = unicodeScalars
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return String(scalars)
    }

    var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }

    /// How a target counts the length of a text.
    enum Measure {
        /// UTF-16 units, the largest of what chat servers count. Entities such as `&amp;` are not cut.
        case chat
        case bytes
        /// As `bytes`, without a character that ASCII lacks.
        case ascii

        fileprivate func size(_ scalar: Unicode.Scalar) -> Int {
            switch self {
            case .chat: UTF16.width(scalar)
            case .bytes, .ascii: UTF8.width(scalar)
            }
        }
    }

    /// The text if it is at most that long; otherwise its beginning and an ellipsis, cut between characters.
    func cut(to sizeMax: Int, _ measure: Measure) -> String {
        let ellipsis: Unicode.Scalar = measure == .ascii ? "~" : "…"
        let room = sizeMax - measure.size(ellipsis)
        var size = 0
        var end = startIndex
        for index in unicodeScalars.indices {
            size += measure.size(unicodeScalars[index])
            if size <= room { end = unicodeScalars.index(after: index) }
            guard size <= sizeMax else {
                return room < 0 ? "" : String(self[..<boundary(upTo: end, measure)]) + String(ellipsis)
            }
        }
        return self
    }

    /// The last place up to `end` where the text may be cut.
    private func boundary(upTo end: String.Index, _ measure: Measure) -> String.Index {
        var place = end
        var steps = 0
        while String.Index(place, within: self) == nil {
            place = unicodeScalars.index(before: place)
            steps += 1
            // One character can have any number of combining marks.
            if steps == String.scalarsOfCharacterMax { return end }
        }
        // In a text for a chat every & begins an entity: people's own are escaped.
        let tail = unicodeScalars[..<place].suffix("&amp;".count)
        guard measure == .chat, let start = tail.lastIndex(of: "&"), !tail[start...].contains(";") else {
            return place
        }
        return start
    }

    private static let scalarsOfCharacterMax = 32
    /// Titles, names and headlines have far fewer.
    private static let lineMax = 2_000
}
