extension CommandSyntax {
    /// What `drumbeat COMMAND --help` prints.
    public var help: String {
        var parts = ["usage: \(usage)\n\n\(sentence(summary))"]
        if !remarks.isEmpty { parts[0] += " " + remarks }
        if !arguments.isEmpty {
            parts.append("arguments:\n" + Self.columns(arguments.map { ($0.name, $0.meaning) }))
        }
        if !flags.isEmpty {
            parts.append("flags:\n" + Self.columns(flags.map { ($0.usage, $0.meaning) }))
        }
        if !example.isEmpty { parts.append("example:\n  \(example)") }
        if side == .client || side == .setup { parts.append(Self.connection) }
        return parts.joined(separator: "\n\n")
    }

    /// What `drumbeat --help` prints of the commands.
    public static var overview: String {
        func lines(_ side: Side) -> String {
            columns(all.filter { $0.side == side }.map { ($0.name, $0.summary) })
        }
        return """
            \(overviewUsage)

            once, before the first incident:
            \(lines(.setup))

            during an incident:
            \(lines(.client))

            the service:
            \(lines(.server))

            the shell:
            \(lines(.text))
            """
    }

    public static let overviewUsage = "usage: drumbeat COMMAND [ARGUMENTS] [FLAGS]"

    static let connection = """
        The service is the one at DRUMBEAT_URL, \(ClientSettings.defaultURL) if it is not set. The token is DRUMBEAT_TOKEN, or in the file
        that DRUMBEAT_TOKEN_FILE names. Both may be in ~/.config/drumbeat/client.conf, mode 600.
        """

    func sentence(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst() + "."
    }

    private static func columns(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.utf8.count).max() ?? 0
        return rows.map { name, meaning in
            "  \(name)\(String(repeating: " ", count: width - name.utf8.count + 2))\(meaning)"
        }.joined(separator: "\n")
    }
}

extension CommandSyntax.Flag {
    /// `--severity SEVERITY`.
    var usage: String { value.map { "\(name) \($0)" } ?? name }
}
