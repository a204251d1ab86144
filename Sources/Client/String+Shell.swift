extension String {
    /// The text as one word of a POSIX shell, in which nothing is expanded: for a value within a suggested command.
    var shellQuoted: String {
        let isPlain = utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-_./:".utf8.contains(byte)
        }
        return isPlain && !isEmpty && !hasPrefix("-") ? self : "'" + replacing("'", with: #"'\''"#) + "'"
    }
}
