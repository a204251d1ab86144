import HTTP
import JSON
import Model

/// The pages under `/problems`: plain text for curl, HTML for a browser. Static: nothing from a request is included.
public enum ProblemPage {
    /// The pages load nothing and must not be framed (security.md, "Headers of the page"). The last three do not inherit `default-src`.
    static let contentSecurityPolicy =
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// The page of a problem.
    public static func response(for type: ProblemType, html: Bool) -> Response {
        let sections: [(String, String)] = [("What it means", type.meaning), ("What to do", type.remedy)]
        let example = indented(example(of: type))
        guard html else {
            let body = sections.map { "\($0.0)\n\($0.1)\n\n" }.joined()
            return Responses.text(
                "\(type.title) (\(type.status) \(type.slug))\n\n\(body)Example\n\(example)\n")
        }
        let body = sections.map { "<h2>\($0.0)</h2>\n<p>\(escaped($0.1))</p>\n" }.joined()
        return document(
            type.title,
            "<p><code>\(type.status) \(type.slug)</code></p>\n\(body)<h2>Example</h2>\n<pre>\(escaped(example))</pre>\n"
                + "<p><a href=\"/problems\">All problems</a></p>\n")
    }

    /// The list of these problems.
    public static func list(_ types: [ProblemType], html: Bool) -> Response {
        guard html else {
            let lines = types.map { "\($0.status) \($0.slug): \($0.title)\n" }
            return Responses.text(
                "Problems. GET /problems/{slug} explains one and what to do.\n\n" + lines.joined())
        }
        let rows = types.map {
            "<li>\($0.status) <a href=\"/problems/\($0.slug)\">\($0.slug)</a>: \(escaped($0.title))</li>\n"
        }
        return document("Problems", "<ul>\n\(rows.joined())</ul>\n")
    }

    /// An example problem document.
    static func example(of type: ProblemType) -> JSONValue {
        var members: [JSONObject.Member] = [
            .init(name: "type", value: .string("/problems/\(type.slug)")),
            .init(name: "title", value: .string(type.title)),
            .init(name: "status", value: .integer(Int64(type.status))),
            .init(name: "detail", value: .string(type.meaning)),
        ]
        if type == .validation {
            members[3].value = .string(
                "#/severity: It must be one of minor, major, critical (or p3…p1, sev3…sev1, s3…s1).")
            let flaw = JSONValue.members([
                "detail": .string("It must be one of minor, major, critical (or p3…p1, sev3…sev1, s3…s1)."),
                "pointer": .string("#/severity"),
            ])
            members.append(.init(name: "errors", value: .array([flaw])))
        }
        members.append(.init(name: "request_id", value: .string("c0ffee-1")))
        return .object(JSONObject(members))
    }

    static func document(_ title: String, heading: Bool = true, _ body: String) -> Response {
        let text = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(escaped(title))</title>
            </head>
            <body>
            \(heading ? "<h1>\(escaped(title))</h1>\n" : "")\(body)</body>
            </html>

            """
        return Response(
            .ok,
            fields: [
                ("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-cache"),
                ("Content-Security-Policy", contentSecurityPolicy), ("Referrer-Policy", "no-referrer"),
                ("Cross-Origin-Opener-Policy", "same-origin"),
                ("Cross-Origin-Resource-Policy", "same-origin"),
            ], body: Array(text.utf8))
    }

    /// By scalars: by characters, a combining mark would hide the character before it.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }

    /// A document for people: one member per line.
    private static func indented(_ value: JSONValue) -> String {
        guard case .object(let object) = value else {
            return String(decoding: value.encoded(), as: UTF8.self)
        }
        let lines = object.members.map { member in
            let name = String(decoding: JSONValue.string(member.name).encoded(), as: UTF8.self)
            return "  \(name): \(String(decoding: member.value.encoded(), as: UTF8.self))"
        }
        return "{\n\(lines.joined(separator: ",\n"))\n}"
    }
}
