import App
import OperatingSystem
import Testing

/// Every cap is in one table, on one page, and held by a test.
struct CapTests {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    private static func text(_ path: String) throws -> String {
        String(decoding: try Files.read("\(root)/\(path)", bytesMax: 1 << 20), as: UTF8.self)
    }

    /// The tests that go beyond each cap: file, and sentences in their names.
    private static let cases: [String: [String: [String]]] = [
        "connections": [
            "HTTPServerTests/ShareTests.swift": [
                "a new connection gets a place at once, whatever the owner of all places does"
            ],
            "HTTPServerTests/EvictionTests.swift": [
                "over the cap of an address", "beyond four times the limit",
            ],
        ],
        "connections chosen to end after the response to a write": [
            "HTTPServerTests/ConnectionLimiterTests.swift": ["in a burst of new connections at most 64"]
        ],
        "mails that are sent": [
            "OutboundTests/MailTransportTests.swift": ["more than 64 mails at once wait for a thread"]
        ],
        "mails that wait for a thread": [
            "OutboundTests/MailTransportTests.swift": ["a mail that finds 64 sent and 1,024 waiting fails"]
        ],
        "streams and long polls": [
            "HTTPServerTests/ShareTests.swift": [
                "one owner's streams take a quarter of the places", "long polls are counted with streams",
                "the owner with the most gives one to an owner with less",
            ]
        ],
        "long polls": ["EngineTests/Memory/LongPollsTests.swift": ["beyond the maxima no one waits"]],
        "requests in progress": [
            "APITests/TokenLimiterTests.swift": ["over the cap ordinary writes are refused"]
        ],
        "bodies in progress": [
            "HTTPServerTests/ShareTests.swift": ["bodies are bounded for each owner"],
            "HTTPServerTests/ServerLimitTests.swift": ["bodies that hold too much together are refused"],
        ],
        "responses not read yet": [
            "HTTPServerTests/ShareTests.swift": [
                "responses that are not read are bounded for each owner, and in all"
            ]
        ],
        "one page": ["APITests/ListTests.swift": ["a list of long incidents ends early"]],
        "one body": [
            "AppTests/ServiceTests.swift": [
                "what the server refuses is a problem with its slug, and the connection ends"
            ]
        ],
        "time of one body": ["HTTPServerTests/ShareTests.swift": ["does not earn minutes"]],
        "writes that wait": [
            "EngineTests/Lane/LaneShareTests.swift": ["a token fills a quarter of the ordinary queue"]
        ],
        "urgent writes that wait": [
            "EngineTests/Lane/LaneShareTests.swift": ["beyond its share of the urgent queue"]
        ],
        "reads that wait for the store": [
            "ThreadsTests/WorkerTests.swift": ["a token has a quarter of the queue"]
        ],
        "searches in progress": [
            "APITests/SearchTests.swift": ["a token has one search in progress"],
            "APITests/ContextTests.swift": ["as one search of its token"],
        ],
        "entries of one search": [
            "APITests/SearchTests.swift": ["a search that takes too long ends its page"]
        ],
        "entries in one batch": [
            "APITests/BatchTests.swift": [
                "a request that is no batch is refused as a whole", "the writes of others go between",
            ]
        ],
        "lines in one chat log": ["IncidentsTests/ChatLogTests.swift": ["a log has at most 2,000 lines"]],
        "test messages to webhooks that are registered": [
            "APITests/ConcurrencyLimiterTests.swift": [
                "an owner has two attempts open, and all together thirty-two"
            ]
        ],
        "labels in one request": ["APITests/ListTests.swift": ["at most ten labels are asked for"]],
        "writes": ["APITests/TokenLimiterTests.swift": ["a rate refuses what is over it with 429"]],
        "invalid tokens": ["APITests/HealthTests.swift": ["failed tokens under their reason"]],
        "logged refusals": [
            "APITests/HealthTests.swift": ["the refusals of a token are logged a hundred times a second"]
        ],
        "logged refusals without a valid token": [
            "APITests/HealthTests.swift": ["refusals without a valid token are logged ten times a second"]
        ],
        "log lines that wait": [
            "LoggingTests/LoggerTests.swift": ["leaves a quarter of the queue to what needs attention"]
        ],
    ]

    @Test func `each cap has a case, and each case a cap`() throws {
        let names = Cap.all(in: Configuration()).map(\.name)
        #expect(Set(names).count == names.count)
        #expect(Set(names) == Set(Self.cases.keys))
        for (name, files) in Self.cases {
            for (file, sentences) in files {
                let functions = try Self.text("Tests/\(file)").matches(of: #/func\s+`([^`]+)`/#).map(\.1)
                for sentence in sentences {
                    #expect(
                        functions.contains { $0.contains(sentence) }, "\(name): \(file): \(sentence)")
                }
            }
        }
    }

    @Test func `no token may take as much as all together`() {
        for cap in Cap.all(in: Configuration()) {
            guard let perToken = cap.perToken, let inAll = cap.inAll else { continue }
            #expect(perToken * 2 <= inAll, "\(cap.name)")
        }
    }

    @Test func `a key of a cap is a setting`() {
        let keys = Set(Setting.all.map(\.key))
        for cap in Cap.all(in: Configuration()) { #expect(cap.key.map(keys.contains) ?? true, "\(cap.name)") }
    }

    @Test func `docs/limits.md prints the table`() throws {
        let rows = try Self.text("docs/limits.md").split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix("| ") && !$0.hasPrefix("| what") && !$0.hasPrefix("| ---") }
        #expect(rows == Cap.all(in: Configuration()).map(\.row))
    }
}
