extension Unicode.Scalar {
    /// Whether it changes what people see and is not seen itself: it turns the direction of a line, or has no width.
    ///
    /// Where text is shown they are written out, so that no name passes for another. Source: http-strictness.md, "JSON and values".
    public var isHiding: Bool {
        switch value {
        case 0x061C, 0x200B...0x200F, 0x202A...0x202E, 0x2060, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }
}

extension String {
    /// The text for one line of a terminal: what hides, controls and line ends are written as `\u{202E}`.
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
}
