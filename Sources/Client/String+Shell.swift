extension String {
    /// The text as one word of a POSIX shell, in which nothing is expanded: for a value within a suggested command.
    var shellQuoted: String {
        let isPlain = utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-_./:".utf8.contains(byte)
        }
        return isPlain && !isEmpty && !hasPrefix("-") ? self : "'" + replacing("'", with: #"'\''"#) + "'"
    }
}

extension [String] {
    /// The command of the client with these words, as a shell takes it.
    var shellCommand: String {
        let words = map { word in
            // The gap is for the user, who writes between the quotation marks.
            if word == CommandWords.gap { return "\"\(word)\"" }
            let isFlag =
                word.hasPrefix("--") && word.utf8.allSatisfy { $0 == 0x2D || (0x61...0x7A).contains($0) }
            return isFlag ? word : word.shellQuoted
        }
        return (["drumbeat"] + words).joined(separator: " ")
    }
}
