import Testing

/// What a formatter cannot see in the sources (style.md has the reasons).
@Suite struct SourceTests {
    private static let taken = Repository.product.map { ($0, SwiftText($0.text)) }
    private static let tests = Repository.files
        .filter { $0.path.hasPrefix("Tests/") && $0.path.hasSuffix(".swift") }
        .map { ($0, SwiftText($0.text)) }

    private let forbidden: [(pattern: Regex<Substring>, why: String)] = [
        (#/\bDate\(\)/#, "time is an argument"),
        (#/DispatchQueue\.global/#, "work that blocks has threads of its own"),
        (#/\b(?:Thread\.sleep|usleep|nanosleep|sleep)\(/#, "wait on a signal with a limit"),
        (#/\btry!/#, "throw or handle it"),
        (#/\bas!/#, "use as?"),
        (#/\b(?:fatalError|preconditionFailure|unsafeBitCast)\(/#, "input must never trap"),
        (#/\bimport Foundation/#, "it brings ICU into the binary"),
        (#/[A-Za-z0-9_)\]}>]!(?:[^=]|$)/#, "no force unwrap"),
    ]

    @Test func `the product's code has none of what is forbidden`() {
        #expect(Self.taken.count > 100, "the sources were not found")
        for (file, text) in Self.taken {
            for (number, line) in text.code.enumerated() {
                for (pattern, why) in forbidden where line.contains(pattern) {
                    Issue.record("\(file):\(number + 1): \(line): \(why)")
                }
            }
        }
    }

    @Test func `no test sleeps or asks for the date`() {
        for (file, text) in Self.tests {
            for (number, line) in text.code.enumerated() {
                for (pattern, why) in forbidden.prefix(3) where line.contains(pattern) {
                    Issue.record("\(file):\(number + 1): \(line): \(why)")
                }
            }
        }
    }

    /// Where the compiler's checks of concurrency are switched off, and how often. Each has its reason in a comment.
    private static let unchecked = [
        "Sources/HTTPServer/EventLoop.swift": 1,
        "Sources/HTTPServer/Poller.swift": 1,
        "Sources/Outbound/TransferLoop.swift": 1,
        "Sources/Platform/Digest.swift": 1,
        "Sources/Storage/ReaderPool.swift": 1,
        "Sources/Storage/SQLiteStore.swift": 1,
    ]

    @Test func `the checks of concurrency are off only where it is listed and explained`() {
        var found: [String: Int] = [:]
        for (file, text) in Self.taken {
            let lines = file.lines
            for (number, line) in text.code.enumerated()
            where line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") {
                found[file.path, default: 0] += 1
                let above = lines[..<number].last { !$0.allSatisfy(\.isWhitespace) } ?? ""
                let isExplained =
                    lines[number].contains("//") || above.drop(while: \.isWhitespace).hasPrefix("//")
                #expect(isExplained, "\(file):\(number + 1) has no comment with the reason")
            }
        }
        #expect(found == Self.unchecked)
    }

    @Test func `no value is put into SQL as text, and SQL asks for no time`() {
        let statement =
            #/^"+\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|REPLACE|WITH|PRAGMA|BEGIN|ATTACH|VACUUM)\s/#
        var statements = 0
        for (file, text) in Self.taken {
            for (line, string) in text.strings where string.prefixMatch(of: statement) != nil {
                statements += 1
                #expect(!string.contains(#"\("#), "\(file):\(line): bind the value with $1")
                #expect(!asksForTime(string), "\(file):\(line): the time is bound as a value")
            }
        }
        #expect(statements > 20, "the statements were not found")
        for file in Repository.files where file.path.hasSuffix(".sql") {
            #expect(!asksForTime(file.text), "\(file): the time is bound as a value")
        }
    }

    private func asksForTime(_ sql: String) -> Bool {
        sql.lowercased().contains(#/\bnow\(|'now'|current_time|current_date|unixepoch\(|julianday\(/#)
    }

    @Test func `files stay short`() {
        for file in Repository.product {
            #expect(file.lines.count <= 450, "\(file) has \(file.lines.count) lines: split it by topic")
        }
    }

    @Test func `nothing names a path of somebody's machine`() {
        // Put together here, so that this file does not name them.
        let roots = [
            "/wo" + "rk/shared", "/wo" + "rk/main", "/tmp" + "/wt", "/ho" + "me/", "/Us" + "ers/",
            "/ro" + "ot/",
        ]
        for file in Repository.files {
            for root in roots where file.text.contains(root) {
                Issue.record("\(file) names \(root)…")
            }
        }
    }
}
