// swift-tools-version: 6.0
// The floor plan: a target may import only the targets listed here, which must be on lower floors.
// docs/architecture.md describes it; `--explicit-target-dependency-import-check error` enforces it.
import PackageDescription

let package = Package(
    name: "drumbeat",
    products: [.executable(name: "drumbeat", targets: ["drumbeat"])],
    targets: [
        // Roof: commands, argv to exit code.
        .executableTarget(
            name: "drumbeat",
            dependencies: [
                "App", "Client", "Config", "Encoding", "Engine", "Incidents", "Journal", "JSON", "Logging",
                "Model", "OperatingSystem", "Storage", "Threads", "Time",
            ]),

        // 8: configuration, wiring, order of start and stop.
        .target(
            name: "App",
            dependencies: [
                "Addresses", "API", "Config", "Documents", "Encoding", "Engine", "HTTP", "HTTPServer",
                "Incidents", "Journal", "Lint", "Logging", "Metrics", "Model", "OperatingSystem", "Outbound",
                "Routing",
                "SQL", "Storage", "Threads", "Time", "Views",
            ]),

        // 7: the capabilities: their rows, handlers and schemas.
        .target(
            name: "API",
            dependencies: [
                "Documents", "Encoding", "Engine", "HTTP", "Incidents", "Journal", "JSON", "Lint", "Logging",
                "Metrics", "Model", "Routing", "Time", "Views",
            ]),

        // 6: rows, dispatch, sign-in, problems, paging, the OpenAPI generator.
        .target(
            name: "Routing",
            dependencies: [
                "Addresses", "Encoding", "Engine", "HTTP", "Journal", "JSON", "Logging", "Metrics", "Model",
                "Threads", "Time",
            ]),

        // 5: the write lane, the shelf, the scheduler, the outbox.
        .target(
            name: "Engine",
            dependencies: [
                "Documents", "Encoding", "Incidents", "Journal", "JSON", "Lint", "Logging", "Metrics",
                "Model",
                "Threads", "Time", "Views",
            ]),

        // 4: the journal's tables; how states and entries are shown; the client.
        .target(name: "Client", dependencies: ["Encoding", "JSON", "OperatingSystem", "Outbound", "Time"]),
        .target(
            name: "Views",
            dependencies: ["Documents", "Encoding", "Incidents", "Journal", "JSON", "Model", "Time"]),
        .target(
            name: "Storage",
            dependencies: ["Documents", "Incidents", "Journal", "JSON", "Migrations", "Model", "SQL", "Time"]),

        // 3: entries as stored and the ports; the SQLite driver; sockets; outbound calls.
        .target(
            name: "Journal", dependencies: ["Documents", "Encoding", "Incidents", "JSON", "Model", "Time"]),
        .target(name: "SQL", dependencies: ["CSQLite"]),
        .target(name: "HTTPServer", dependencies: ["Addresses", "CLinux", "HTTP"]),
        .target(
            name: "Outbound",
            dependencies: ["Addresses", "CCurl", "Encoding", "Journal", "JSON", "Model", "Threads", "Time"]),

        // 2: the rules, as values and pure functions.
        .target(name: "Incidents", dependencies: ["Lint", "Model", "Time"]),
        .target(name: "Documents", dependencies: ["Model", "Time"]),

        // 1: the types that rules use; the linter of texts; HTTP messages as values.
        .target(name: "Model", dependencies: ["JSON", "Time"]),
        .target(name: "Lint"),
        .target(name: "HTTP", dependencies: ["Addresses", "Time"]),

        // 0: time, JSON, encodings and digests, addresses, threads, metrics, the process and its files, logs; embedded text.
        // Some of them depend on each other: those that handle times on Time, and Logging also on Encoding and Threads.
        .target(name: "Time"),
        .target(name: "JSON"),
        .target(name: "Encoding", dependencies: ["CCrypto", "Time"]),
        .target(name: "Addresses"),
        .target(name: "Threads", dependencies: ["Time"]),
        .target(name: "Metrics"),
        .target(name: "OperatingSystem", dependencies: ["Time"]),
        .target(name: "Logging", dependencies: ["Encoding", "Threads", "Time"]),
        .target(
            name: "Migrations", path: "migrations",
            resources: [
                .embedInCode("0001_journal.sqlite.sql"), .embedInCode("0002_documents.sqlite.sql"),
                .embedInCode("0003_night.sqlite.sql"),
                .embedInCode("0004_tokens.sqlite.sql"), .embedInCode("0005_kinds.sqlite.sql"),
                .embedInCode("0006_response.sqlite.sql"),
                .embedInCode("0007_deployers.sqlite.sql"),
            ]),
        .target(
            name: "Config", path: "config",
            exclude: [
                "Caddyfile.example", "drumbeat.conf.example", "drumbeat.socket", "nginx.conf.example",
            ],
            resources: [
                .embedInCode("drumbeat.service"),
                .embedInCode("lint/en.txt"), .embedInCode("lint/no-steps.txt"),
                .embedInCode("templates/acknowledge.txt"), .embedInCode("templates/decide.txt"),
                .embedInCode("templates/internal.txt"), .embedInCode("templates/nothing_new.txt"),
                .embedInCode("templates/resolution.txt"), .embedInCode("templates/update.txt"),
                .embedInCode("templates/withdrawn.txt"),
                .embedInCode("checklists/first-ten-minutes.txt"),
            ]),

        // C libraries from Debian.
        .systemLibrary(name: "CSQLite"),
        .systemLibrary(name: "CCurl"),
        .systemLibrary(name: "CCrypto"),
        .systemLibrary(name: "CLinux"),

        // Tests, one target per product target. Shared code comes first; no product target may depend on it.
        .target(
            name: "TestSupport", dependencies: ["Encoding", "JSON", "Model", "Threads", "Time"],
            path: "Tests/TestSupport"),
        .target(
            name: "ServiceSupport",
            dependencies: [
                "API", "Config", "Documents", "Encoding", "Engine", "HTTP", "Incidents", "Journal", "Lint",
                "Logging",
                "Model", "Routing", "Storage", "TestSupport", "Threads", "Time", "Views",
            ], path: "Tests/ServiceSupport"),
        .testTarget(name: "TimeTests", dependencies: ["OperatingSystem", "TestSupport", "Time"]),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"]),
        .testTarget(name: "EncodingTests", dependencies: ["Encoding", "TestSupport", "Time"]),
        .testTarget(name: "AddressesTests", dependencies: ["Addresses", "Encoding", "TestSupport"]),
        .testTarget(name: "ThreadsTests", dependencies: ["OperatingSystem", "Threads"]),
        .testTarget(name: "MetricsTests", dependencies: ["Metrics", "Threads"]),
        .testTarget(name: "OperatingSystemTests", dependencies: ["OperatingSystem", "TestSupport"]),
        .testTarget(name: "LoggingTests", dependencies: ["Logging", "TestSupport", "Threads", "Time"]),
        .testTarget(
            name: "HTTPTests", dependencies: ["HTTP", "JSON", "TestSupport"], exclude: ["wire"]),
        .testTarget(
            name: "HTTPServerTests", dependencies: ["Addresses", "HTTP", "HTTPServer", "TestSupport"]),
        .testTarget(
            name: "OutboundTests",
            dependencies: [
                "Addresses", "Encoding", "Incidents", "Journal", "JSON", "Model", "OperatingSystem",
                "Outbound",
                "TestSupport", "Time", "Views",
            ],
            exclude: ["golden.txt", "mail_server.py"]),
        .testTarget(
            name: "ClientTests", dependencies: ["Client", "Encoding", "JSON", "TestSupport", "Time"]),
        .testTarget(
            name: "LintTests", dependencies: ["Config", "Lint", "OperatingSystem", "TestSupport"],
            exclude: ["corpus"]),
        .testTarget(name: "DocumentsTests", dependencies: ["Documents", "Model", "TestSupport", "Time"]),
        .testTarget(
            name: "IncidentsTests",
            dependencies: ["Config", "Incidents", "Lint", "Model", "OperatingSystem", "TestSupport", "Time"]),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "CSQLite", "Incidents", "Journal", "Migrations", "Model", "SQL", "Storage", "TestSupport",
                "Time",
            ]),
        .testTarget(
            name: "JournalTests",
            dependencies: [
                "Encoding", "Incidents", "Journal", "JSON", "Lint", "Model", "TestSupport", "Time", "Views",
            ]),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "API", "Encoding", "Engine", "Incidents", "Journal", "JSON", "Model", "ServiceSupport",
                "Storage",
                "TestSupport", "Time",
            ]),
        .testTarget(name: "RoutingTests", dependencies: ["HTTP", "JSON", "Model", "Routing", "TestSupport"]),
        .testTarget(
            name: "APITests",
            dependencies: [
                "API", "Client", "Encoding", "Engine", "HTTP", "Incidents", "Journal", "JSON", "Lint",
                "Metrics",
                "Model",
                "Routing",
                "ServiceSupport", "SQL", "Storage", "TestSupport", "Threads", "Time",
            ]),
        .testTarget(
            name: "RecordedTests",
            dependencies: [
                "API", "Config", "Documents", "Encoding", "Engine", "HTTP", "Incidents", "Journal", "JSON",
                "Model", "OperatingSystem", "Routing", "Storage", "Threads", "Time", "Views",
            ],
            exclude: ["record.py", "journal"]),
        .testTarget(
            name: "AppTests",
            dependencies: [
                "API", "App", "Client", "Documents", "Encoding", "Engine", "HTTPServer", "Incidents",
                "Journal", "JSON",
                "Lint", "Logging", "Metrics", "Model", "OperatingSystem", "Outbound", "Routing", "SQL",
                "Storage",
                "TestSupport", "Threads", "Time", "Views",
            ]),
        .testTarget(
            name: "ProcessTests", dependencies: ["drumbeat", "JSON", "TestSupport", "Threads"],
            exclude: ["Support/crowd.py", "Support/evil_receiver.py", "Support/greedy.py"]),
        .testTarget(
            name: "HouseTests",
            dependencies: [
                "App", "Config", "Encoding", "Incidents", "Journal", "Migrations", "Model", "Routing",
                "ServiceSupport",
            ]),
    ]
)

// Every release build optimises across modules: otherwise generic functions of other modules are not specialised.
for target in package.targets where target.type == .regular || target.type == .executable {
    target.swiftSettings = [
        .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))
    ]
}

// Only for `make fuzz`: a fuzzer has its own main and needs sanitizers in every target, which no other build should have. Targets that are
// not fuzzed are removed.
if Context.environment["DRUMBEAT_FUZZ"] != nil {
    package.products = []
    package.targets.removeAll { $0.name == "drumbeat" || $0.type == .test }
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Addresses", "API", "App", "Documents", "Encoding", "Engine", "HTTP", "HTTPServer",
                "Incidents", "Journal", "JSON", "Lint", "Logging", "Metrics", "Model", "Outbound", "Routing",
                "ServiceSupport", "SQL", "Storage", "TestSupport", "Time", "Views",
            ],
            path: "Tests/Fuzz", exclude: ["corpus", "decoders", "dictionary", "wire_seeds.py"],
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]))
}
