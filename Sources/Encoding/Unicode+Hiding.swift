extension Unicode.Scalar {
    /// Whether the character is invisible: it reverses the text direction, has no width, or is drawn as nothing.
    ///
    /// Displayed text escapes these, so that two different names never look the same. The variation selectors of emoji are judged by what
    /// is before them; see `String.shown`. Source: http-strictness.md, "JSON and values"; Unicode, `Default_Ignorable_Code_Point`.
    public var isHiding: Bool {
        switch value {
        // Most text.
        case ..<0xAD: false
        case 0xFE0E, 0xFE0F: false
        // Interlinear annotation, and a pattern of Braille without dots: fonts draw nothing, but the property leaves them out.
        case 0xFFF9...0xFFFB, 0x2800: true
        default: properties.isDefaultIgnorableCodePoint
        }
    }

    /// Whether U+FE0E and U+FE0F choose how the character is drawn. They do so of digits, too, but that is seen in keycaps only.
    fileprivate var takesVariation: Bool { value > 0x7F && properties.isEmoji }
}

extension String {
    /// The text for one line of a terminal. Invisible and control characters and line ends are escaped as `\u{202E}`.
    public var shown: String {
        var last: Unicode.Scalar?
        return unicodeScalars.reduce(into: "") { text, scalar in
            defer { last = scalar }
            let isSeen =
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator: false
                default:
                    (0xFE0E...0xFE0F).contains(scalar.value)
                        ? last?.takesVariation == true : !scalar.isHiding
                }
            if isSeen {
                text.unicodeScalars.append(scalar)
            } else {
                text += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            }
        }
    }

    /// The text on one line: a line feed as `\n`, what hides as `\u{202E}`.
    public var onOneLine: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).shown }.joined(
            separator: "\\n")
    }

    /// The lines of the text after each other, without empty ones: line ends and tabs as one blank, what hides as `\u{202E}`.
    public var joinedLines: String {
        unicodeScalars.split { scalar in
            switch scalar.value {
            case 0x09...0x0D, 0x85, 0x2028, 0x2029: true
            default: false
            }
        }.map { String($0).shown }.joined(separator: " ")
    }

    /// The text with its lines and tabs; CRLF is one line end. Whatever else controls a display or hides is escaped.
    public var shownInLines: String {
        if utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || $0 == 0x0A || $0 == 0x09 }) { return self }
        let lines = unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.enumerated().map { number, line in
            // At the end of the text no line feed follows.
            let line = line.last == "\r" && number < lines.count - 1 ? line.dropLast() : line
            return line.split(separator: "\t", omittingEmptySubsequences: false).map {
                String(Substring($0)).shown
            }.joined(separator: "\t")
        }.joined(separator: "\n")
    }

    /// At most that many characters, with an ellipsis if there were more.
    public func shortened(to countMax: Int) -> String {
        unicodeScalars.count <= countMax
            ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(countMax - 1))) + "…"
    }
}
