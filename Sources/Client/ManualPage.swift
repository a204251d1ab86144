/// The manual page, of the table of commands, in the man macros of roff.
public enum ManualPage {
    /// drumbeat(1).
    public static func text(version: String) -> String {
        var lines = [
            ".TH DRUMBEAT 1 2026-11-26 \"drumbeat \(escaped(version))\"",
            ".SH NAME", "drumbeat \\- coordinate live incidents over HTTP",
            ".SH SYNOPSIS", ".B drumbeat", ".I COMMAND", "[\\fIARGUMENTS\\fR] [\\fIFLAGS\\fR]",
            ".SH DESCRIPTION",
        ]
        lines += paragraph(
            """
            Drumbeat keeps the record and the cadence of an incident: who is in charge, what happened when, and when the next status update
            is due. One binary is the service and its client.
            """)
        lines.append(".SH SETTING UP")
        lines += commands(.setup)
        lines.append(".SH COMMANDS FOR INCIDENTS")
        lines += commands(.client)
        lines.append(".SH COMMANDS FOR THE SERVICE")
        lines += paragraph(
            "Each setting of the configuration is a flag of these commands, too. drumbeat config check lists the settings."
        )
        lines += commands(.server)
        lines.append(".SH COMMANDS FOR THE SHELL")
        lines += commands(.text)
        lines.append(".SH ENVIRONMENT")
        for (name, meaning) in environment { lines += [".TP", ".B \(name)"] + paragraph(meaning) }
        lines += [".SH FILES", ".TP", ".I ~/.config/drumbeat/client.conf"]
        lines += paragraph(
            """
            DRUMBEAT_URL, DRUMBEAT_TOKEN and DRUMBEAT_TOKEN_FILE as KEY=VALUE, for what the environment lacks. Its mode must be 0600 or
            0400. Its token is sent to its URL only.
            """)
        lines.append(".SH EXIT STATUS")
        for (code, meaning) in exits { lines += [".TP", ".B \(code)"] + paragraph(meaning) }
        return lines.joined(separator: "\n")
    }

    private static let columnsMax = 64

    private static let environment = [
        ("DRUMBEAT_URL", "The service, \(ClientSettings.defaultURL) if it is not set."),
        ("DRUMBEAT_TOKEN", "The token."),
        ("DRUMBEAT_TOKEN_FILE", "A file with the token in its first line."),
        ("DRUMBEAT_NAGS_TOKEN", "The access token of an ntfy topic, for drumbeat init."),
        ("DRUMBEAT_MAIL_PASSWORD", "The password at a mail server, for drumbeat init."),
        ("VISUAL, EDITOR", "The editor of drumbeat update."),
        ("NO_COLOR", "If it has a value, there is no colour."),
    ]

    private static let exits = [
        ("0", "It worked."), ("1", "It failed, or the service refused; standard error says why."),
        ("2", "The command was called incorrectly."), ("78", "The configuration of the service is invalid."),
    ]

    private static func commands(_ side: CommandSyntax.Side) -> [String] {
        CommandSyntax.all.filter { $0.side == side }.flatMap { command in
            var lines = [".SS \(escaped(command.usage))"] + paragraph(command.sentence(command.summary))
            lines += command.remarks.split(separator: "\n").flatMap { [".br"] + paragraph(String($0)) }
            for (name, meaning) in command.arguments.map({ ($0.name, $0.meaning) })
                + command.flags.map({ ($0.usage, $0.meaning) })
            {
                lines += [".TP", ".B \(escaped(name))"] + paragraph(meaning)
            }
            if !command.example.isEmpty {
                lines += [".PP", "Example:", ".PP", ".nf", textLine(command.example), ".fi"]
            }
            return lines
        }
    }

    /// Text in lines that fit a terminal; roff fills them again.
    private static func paragraph(_ words: String) -> [String] {
        var lines = [""]
        for word in words.split(whereSeparator: \.isWhitespace) {
            let isFull = lines[lines.count - 1].count + word.count >= columnsMax
            if isFull { lines.append("") }
            lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
        }
        return lines.map(textLine)
    }

    /// A line of text, which is never a request.
    private static func textLine(_ line: String) -> String {
        let escaped = escaped(line)
        return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "\\": escaped += "\\e"
            case "-": escaped += "\\-"
            case "'": escaped += "\\(aq"
            case "\"": escaped += "\\(dq"
            case "~": escaped += "\\(ti"
            default: escaped.append(character)
            }
        }
    }
}
