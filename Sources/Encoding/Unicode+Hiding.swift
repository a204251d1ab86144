extension Unicode.Scalar {
    /// Whether the character is invisible and changes how text looks: it reverses the text direction or has no width.
    ///
    /// Displayed text escapes these, so that two different names never look the same. Source: http-strictness.md, "JSON and values".
    public var isHiding: Bool {
        switch value {
        case 0x061C, 0x200B...0x200F, 0x202A...0x202E, 0x2060, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}

extension String {
    /// The text for one line of a terminal. Invisible and control characters and line ends are escaped as `\u{202E}`.
    public var shown: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: break
            default:
                guard scalar.isHiding else {
                    text.unicodeScalars.append(scalar)
                    return
                }
            }
            text += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
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
