import Testing

/// What a formatter cannot see in the sources (style.md has the reasons).
@Suite struct SourceTests {
    private static let tests = Repository.files
        .filter { $0.path.hasPrefix("Tests/") && $0.path.hasSuffix(".swift") }
        .map { ($0, SwiftText($0.text)) }

    /// What a line must not hold; the plain text is looked for first, as it is quicker. Boundaries are simple ones: to Unicode `Glibc.sleep`
    /// is one word.
    private let forbidden: [(text: String, pattern: Regex<Substring>, why: String)] = [
        ("Date()", #/\bDate\(\)/#.wordBoundaryKind(.simple), "time is an argument"),
        ("DispatchQueue.global", #/DispatchQueue\.global/#, "work that blocks has threads of its own"),
        (
            "sleep(", #/\b(?:sleep|usleep|nanosleep)\(/#.wordBoundaryKind(.simple),
            "wait on a signal with a limit"
        ),
        ("try!", #/\btry!/#, "throw or handle it"),
        ("as!", #/\bas!/#, "use as?"),
        ("fatalError(", #/\bfatalError\(/#.wordBoundaryKind(.simple), "input must never trap"),
        ("import Foundation", #/\bimport Foundation/#, "it brings ICU into the binary"),
        ("!", #/[A-Za-z0-9_)\]}>]!(?:[^=]|$)/#, "no force unwrap"),
    ]

    @Test func `the product's code has none of what is forbidden`() {
        #expect(Repository.code.count > 100, "the sources were not found")
        for (file, text) in Repository.code {
            for (number, line) in text.code.enumerated() {
                for (plain, pattern, why) in forbidden where line.holds(plain) && line.contains(pattern) {
                    Issue.record("\(file):\(number + 1): \(line): \(why)")
                }
            }
        }
    }

    @Test func `no test sleeps or asks for the date`() {
        for (file, text) in Self.tests {
            for (number, line) in text.code.enumerated() {
                for (plain, pattern, why) in forbidden.prefix(3)
                where line.holds(plain) && line.contains(pattern) {
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
        for (file, text) in Repository.code {
            let lines = file.lines
            for (number, line) in text.code.enumerated()
            where line.holds("@unchecked Sendable") || line.holds("nonisolated(unsafe)") {
                found[file.path, default: 0] += 1
                let above = lines[..<number].last { !$0.allSatisfy(\.isWhitespace) } ?? ""
                let isExplained =
                    lines[number].contains("//") || above.drop(while: \.isWhitespace).hasPrefix("//")
                #expect(isExplained, "\(file):\(number + 1) has no comment with the reason")
            }
        }
        #expect(found == Self.unchecked)
    }

    /// Which parts may open or look at files, and what for. None of HTTP, API and what they ask is among them: nothing that a
    /// request names can become a file's name (http-strictness.md, H32).
    private static let files = [
        "Sources/App/AdminToken.swift": "the first token, at the start",
        "Sources/App/ConfigurationReader.swift": "the configuration, at the start",
        "Sources/App/Setting.swift": "whether a path of the configuration is there",
        "Sources/App/TemplateLoader.swift": "templates of one's own, at the start",
        "Sources/App/ZoneText.swift": "the one zone of the configuration, at the start",
        "Sources/HTTPServer/Listener.swift": "/dev/null",
        "Sources/Platform/Files.swift": "what the others call",
        "Sources/Platform/ProcessFigures.swift": "the process's own figures in /proc/self",
        "Sources/Platform/Successor.swift": "/proc/self/fd and /dev/null, at a handover",
        "Sources/Platform/WorkerThread.swift": "a thread's own name in /proc",
        "Sources/SQL/Database.swift": "the database",
        "Sources/Storage/DatabaseFile.swift": "the database's file, at the start",
        "Sources/Storage/LockFile.swift": "the lock beside it",
        "Sources/drumbeat/Commands.swift": "/dev/null",
        "Sources/drumbeat/Healthcheck.swift": "the token of the command healthcheck",
    ]

    @Test func `files are opened only where it is listed`() {
        // The plain text first, as it is quicker.
        let plain = [
            "O_", "open(", "opendir(", "open64(", "openat(", "open_v2", "creat(", "mmap(", "sendfile(",
            "splice(",
            "readlink(", "realpath(", "stat(", "access(", "Files.",
        ]
        let opening =
            #/\bO_(?:RDONLY|WRONLY|RDWR|PATH)\b|\b(?:f|fre|fd|dl)open\(|\b(?:opendir|openat|open64|creat|mmap|sendfile|splice|readlink|realpath|l?stat|access)\(|\bFiles\.|sqlite3_open/#
            .wordBoundaryKind(.simple)
        var found: Set<String> = []
        for (file, text) in Repository.code {
            for line in text.code where plain.contains(where: line.holds) && line.contains(opening) {
                found.insert(file.path)
            }
        }
        #expect(found == Set(Self.files.keys))
    }

    @Test func `no value is put into SQL as text, and SQL asks for no time`() {
        let statement =
            #/^"+\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|REPLACE|WITH|PRAGMA|BEGIN|ATTACH|VACUUM)\s/#
        var statements = 0
        for (file, text) in Repository.code {
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
            for root in roots where file.text.holds(root) {
                Issue.record("\(file) names \(root)…")
            }
        }
    }
}

/// The rules above are as good as what takes the source apart.
@Suite struct SwiftTextTests {
    @Test func `comments and strings are no code`() {
        let text = SwiftText(
            """
            let a = "try! \\(b("x)")) // no" // as! gone
            /* fatalError(
            */ let c = #"a " b"#
            let d = value!
            """)
        #expect(text.code == ["let a = \"\" ", "", " let c = \"\"", "let d = value!"])
        #expect(text.strings.map(\.line) == [1, 3])
        #expect(text.strings.first?.text == #""try! \(b("x)")) // no""#)
    }

    @Test func `strings of several lines keep the count of lines`() {
        let quotes = "\"\"\""
        let text = SwiftText("let a = \(quotes)\n    SELECT \\(x)\n    \(quotes)\nlet b = 1")
        #expect(text.code.count == 4)
        #expect(text.code.last == "let b = 1")
        #expect(text.strings.first?.text.contains("\\(x)") == true)
    }
}
