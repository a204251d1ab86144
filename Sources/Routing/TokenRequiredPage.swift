import HTTP

/// What people get for a link that requires a token, such as that of a nag: a few lines, as a page or as plain text.
///
/// Names what the link leads to, from the address alone, as the API spells it: nothing of the request is copied.
enum TokenRequiredPage {
    /// Of a line: words, and what is typed.
    private enum Piece {
        case words(String)
        case command(String)
    }

    static func response(
        _ subject: LinkSubject?, html: Bool, fields: [(name: String, value: String)]
    ) -> Response {
        let lines = lines(subject)
        var response: Response
        if html {
            let body = lines.map { line in
                let pieces = line.map { piece in
                    switch piece {
                    case .words(let words): ProblemPage.escaped(words)
                    case .command(let command): "<code>\(ProblemPage.escaped(command))</code>"
                    }
                }
                return "<p>\(pieces.joined())</p>\n"
            }
            response = ProblemPage.document(
                subject?.name ?? "A token is required", heading: false, body.joined())
        } else {
            let body = lines.map { line in
                line.map { piece in
                    switch piece {
                    case .words(let text), .command(let text): text
                    }
                }.joined() + "\n"
            }
            response = Responses.text(body.joined())
        }
        response.status = .unauthorized
        response.fields = response.fields.map { $0.name == "Cache-Control" ? ($0.name, "no-store") : $0 }
        response.fields += fields + [("Vary", "Accept")]
        return response
    }

    /// What is needed and, of something that has a name, how to see it with the client and without.
    private static func lines(_ subject: LinkSubject?) -> [[Piece]] {
        let what = subject.map { "This is a link to \($0.name) of Drumbeat. It needs a token" }
        let need: [Piece] = [
            .words(
                (what ?? "This address of Drumbeat needs a token")
                    + ", and there is no web page yet. The operator makes a token on the host: "),
            .command("drumbeat token create --name NAME --scope post"),
        ]
        guard let subject else { return [need] }
        var client: [Piece] = [.words("With the client, once DRUMBEAT_URL and DRUMBEAT_TOKEN are set: ")]
        for (number, command) in subject.commands.enumerated() {
            let isLast = number == subject.commands.count - 1
            if number > 0 { client.append(.words(isLast ? " or " : ", ")) }
            client.append(.command(command))
        }
        let call = "curl -sS --oauth2-bearer \"$DRUMBEAT_TOKEN\" \"$DRUMBEAT_URL\(subject.path)\""
        return [
            need, client,
            [
                .words("Or with curl: "), .command(call),
                .words(". DRUMBEAT_URL is this address up to /v1."),
            ],
        ]
    }
}
