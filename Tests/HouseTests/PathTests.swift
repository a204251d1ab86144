import Routing
import ServiceSupport
import Testing

/// Messages, problem pages and documentation name only routes that exist.
@Suite struct PathTests {
    /// A path named in a text, with the method before it, if any.
    private struct Mention: CustomStringConvertible {
        var method: String?
        var path: String

        var description: String { "\(method.map { "\($0) " } ?? "")\(path)" }

        /// Whether a row of the route table matches.
        var exists: Bool {
            Route.all.contains { route in
                let (names, pattern) = (path.split(separator: "/"), route.pattern.split(separator: "/"))
                return names.count == pattern.count
                    && (method ?? route.method.rawValue) == route.method.rawValue
                    && zip(names, pattern).allSatisfy { $1.hasPrefix("{") || $0 == $1 }
            }
        }
    }

    @Test func `no message names a path that does not exist`() {
        var count = 0
        for file in Repository.files where file.path.hasPrefix("Sources/") && file.path.hasSuffix(".swift") {
            guard file.text.contains("/v1/") || file.text.contains("…/") else { continue }
            for mention in Self.mentions(in: file.text) {
                #expect(mention.exists, "\(file): there is no \(mention)")
                count += 1
            }
        }
        // Includes the patterns of the rows themselves.
        #expect(count > Route.all.count + 20)
    }

    @Test(arguments: [
        (#"let a = "PUT …/roles/commander takes the role""#, ["PUT /v1/incidents/{ref}/roles/commander"]),
        (#"let a = "See GET " + "/v1/incidents?state=all." // "/v1/x""#, ["GET /v1/incidents"]),
        (#"let a = "\(url + "/v1/x")/v1/webhooks/\(b.id("c"))""#, ["/v1/webhooks/{}", "/v1/x"]),
        (##"let a = #"{"b": "\(c)/v1/tokens"}"# /* "/v1/x" */"##, ["/v1/tokens"]),
        ("let a = \"\"\"\n    curl $URL/v1/events \\\n    \"/v1/y\"\n    \"\"\"", ["/v1/events", "/v1/y"]),
    ])
    func `the search finds what a literal names, and nothing else`(source: String, mentions: [String]) {
        #expect(Self.mentions(in: source).map(\.description) == mentions)
    }

    @Test func `the search sees a path or a method that no row has`() {
        for source in [
            "\"…/postmortem\"", "\"/v1/incidents/INC-1/severities\"", "\"DELETE /v1/incidents\"",
            "\"/v1/incidents/{ref}/timeline/{seq}/deletion\"",
        ] {
            #expect(Self.mentions(in: source).map(\.exists) == [false], "\(source)")
        }
        #expect(Self.mentions(in: "\"POST …/timeline\"").map(\.exists) == [true])
    }

    /// The paths in the string literals of a source; `…/` stands for one incident.
    private static func mentions(in source: String) -> [Mention] {
        let pattern =
            #/(?:\b(GET|POST|PUT|PATCH|DELETE) )?(?:(\/v1(?:\/[A-Za-z0-9_{}-]+)+)|…((?:\/[A-Za-z0-9_{}-]+)+))/#
        return Literals.all(in: source).flatMap { literal in
            literal.matches(of: pattern).map { match in
                let path = match.2.map { String($0) } ?? "/v1/incidents/{ref}\(match.3 ?? "")"
                return Mention(method: match.1.map { String($0) }, path: path)
            }
        }
    }
}

/// Parses the string literals of Swift sources, as far as this repository uses them: no regular expressions with a quote.
private struct Literals {
    private var rest: Substring
    private var found: [String] = []

    /// The texts, with `{}` for interpolations; literals joined by `+` are one text.
    static func all(in source: String) -> [String] {
        var literals = Literals(rest: source[...])
        literals.code(until: nil)
        return literals.found
    }

    private init(rest: Substring) { self.rest = rest }

    /// Parses code to its end, or to the parenthesis that ends an interpolation.
    private mutating func code(until end: Character?) {
        var depth = 0
        // Index in `found` of the last literal, while only a plus sign followed it.
        var joined: Int?
        while let next = rest.first {
            if rest.hasPrefix("//") {
                rest = rest.drop { $0 != "\n" }
            } else if rest.hasPrefix("/*") {
                rest = rest.firstRange(of: "*/").map { rest[$0.upperBound...] } ?? ""
            } else if let hashes = openingHashes {
                let place = found.count
                found.append("")
                let text = literal(hashes)
                if let joined {
                    found[joined] += text
                    found.remove(at: place)
                } else {
                    found[place] = text
                    joined = place
                }
            } else {
                if next == end, depth == 0 { return }
                if next == "(" { depth += 1 } else if next == ")" { depth -= 1 }
                if !next.isWhitespace, next != "+" { joined = nil }
                rest = rest.dropFirst()
            }
        }
    }

    /// Number of `#` before an opening quote; `nil` if no literal begins here.
    private var openingHashes: Int? {
        let hashes = rest.prefix { $0 == "#" }.count
        return rest.dropFirst(hashes).first == "\"" ? hashes : nil
    }

    private mutating func literal(_ hashes: Int) -> String {
        rest = rest.dropFirst(hashes)
        let marks = String(repeating: "#", count: hashes)
        let quotes = rest.hasPrefix("\"\"\"") ? "\"\"\"" : "\""
        rest = rest.dropFirst(quotes.count)
        var text = ""
        while !rest.isEmpty {
            if rest.hasPrefix(quotes + marks) {
                rest = rest.dropFirst(quotes.count + hashes)
                return text
            }
            if rest.hasPrefix("\\\(marks)(") {
                rest = rest.dropFirst(2 + hashes)
                code(until: ")")
                rest = rest.dropFirst()
                text += "{}"
            } else if rest.hasPrefix("\\\(marks)") {
                rest = rest.dropFirst(2 + hashes)
            } else if let next = rest.popFirst() {
                text.append(next)
            }
        }
        return text
    }
}
