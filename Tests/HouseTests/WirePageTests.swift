import Testing

/// docs/wire.md against the tests it names: whoever cites it can look each of them up.
@Suite struct WirePageTests {
    private let rows: [Substring]
    private let suites: [String: String]

    init() throws {
        rows = try Repository.file("docs/wire.md").text.split(separator: "\n").filter { $0.hasPrefix("| ") }
        var suites: [String: String] = [:]
        for file in Repository.files where file.path.hasPrefix("Tests/") && file.path.hasSuffix("Tests.swift")
        {
            let name = file.path.split(separator: "/").last?.dropLast(".swift".count) ?? ""
            suites[String(name), default: ""] += file.text
        }
        self.suites = suites
    }

    @Test func `every row of the rules is told of, in order`() {
        let told = rows.prefix { !$0.hasPrefix("| from accepting") }
            .flatMap { $0.split(separator: "|").first?.matches(of: #/H(\d+)/#) ?? [] }
            .compactMap { Int($0.1) }
        #expect(told.sorted() == Array(1...34))
    }

    @Test func `every suite and test that is named exists`() throws {
        var tests = 0
        for row in rows {
            var suite: Substring = ""
            for match in row.matches(of: #/`([A-Z]\w*Tests)`|\*([^*|]+)\*/#) {
                if let named = match.1 {
                    suite = named
                    #expect(suites[String(named)] != nil, "there is no \(named)")
                } else if let test = match.2 {
                    tests += 1
                    let text = suites[String(suite)] ?? ""
                    #expect(
                        text.holds("func `\(test)`(") || text.holds("`\(test)`("), "\(suite) has no \(test)")
                }
            }
        }
        #expect(tests > 30, "the tests were not found")
    }

    @Test func `every timeout and cap names a key that the service has`() throws {
        let configuration = try Repository.file("docs/configuration.md").text
        let keys = rows.flatMap { $0.matches(of: #/`(DRUMBEAT_[A-Z_]+)`/#) }.map { String($0.1) }
        #expect(keys.count >= 13)
        for key in keys { #expect(configuration.holds("| `\(key)` |"), "there is no \(key)") }
    }
}
