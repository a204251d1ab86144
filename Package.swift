// swift-tools-version: 6.0
// The floor plan of the house: a target may import only what it names here, and only floors below its own.
// docs/architecture.md draws it; `--explicit-target-dependency-import-check error` holds it.
import PackageDescription

let package = Package(
    name: "drumbeat",
    products: [.executable(name: "drumbeat", targets: ["drumbeat"])],
    targets: [
        // Roof: argv and exit codes.
        .executableTarget(
            name: "drumbeat",
            dependencies: [
                "App", "Engine", "Incidents", "Journal", "JSON", "Platform", "Storage", "Time",
            ]),

        // 7: configuration, wiring, order of start and stop.
        .target(
            name: "App",
            dependencies: [
                "API", "Config", "Documents", "Engine", "HTTP", "HTTPServer", "Incidents", "Journal", "Model",
                "Outbound", "Platform", "SQL", "Storage", "Time", "Views",
            ]),

        // 6: routes and problems.
        .target(
            name: "API",
            dependencies: [
                "Documents", "Engine", "HTTP", "Incidents", "Journal", "JSON", "Model", "Platform", "Time",
                "Views",
            ]),

        // 5: the write lane, the board, the scheduler, the outbox.
        .target(
            name: "Engine",
            dependencies: ["Documents", "Incidents", "Journal", "JSON", "Model", "Platform", "Time", "Views"]),

        // 4: the journal's tables; how states and entries are shown.
        .target(
            name: "Views",
            dependencies: ["Documents", "Incidents", "Journal", "JSON", "Model", "Platform", "Time"]),
        .target(
            name: "Storage",
            dependencies: [
                "Documents", "Incidents", "Journal", "JSON", "Migrations", "Model", "SQL", "Time",
            ]),

        // 3: entries as stored and the ports; drivers; sockets; outbound calls.
        .target(
            name: "Journal", dependencies: ["Documents", "Incidents", "JSON", "Model", "Platform", "Time"]),
        .target(name: "SQL", dependencies: ["CSQLite"]),
        .target(name: "HTTPServer", dependencies: ["CLinux", "HTTP", "Platform"]),
        .target(name: "Outbound", dependencies: ["CCurl", "Journal", "Platform", "Time"]),

        // 2: the rules: values and pure functions.
        .target(name: "Incidents", dependencies: ["Model", "Time"]),
        .target(name: "Documents", dependencies: ["Model", "Time"]),

        // 1: what rules are written in; messages as values.
        .target(name: "Model", dependencies: ["JSON", "Time"]),
        .target(name: "HTTP"),

        // 0: time, JSON, threads, logs, digests; text that is compiled in.
        .target(name: "Time"),
        .target(name: "JSON"),
        .target(name: "Platform", dependencies: ["CCrypto", "Time"]),
        .target(
            name: "Migrations", path: "migrations",
            resources: [.embedInCode("0001_journal.sqlite.sql"), .embedInCode("0002_documents.sqlite.sql")]),
        .target(
            name: "Config", path: "config",
            exclude: [
                "Caddyfile.example", "drumbeat.conf.example", "drumbeat.service", "drumbeat.socket",
                "nginx.conf.example",
            ],
            resources: [
                .embedInCode("templates/acknowledge.txt"), .embedInCode("templates/decide.txt"),
                .embedInCode("templates/internal.txt"), .embedInCode("templates/nothing_new.txt"),
                .embedInCode("templates/resolution.txt"), .embedInCode("templates/update.txt"),
            ]),

        // C libraries from Debian.
        .systemLibrary(name: "CSQLite"),
        .systemLibrary(name: "CCurl"),
        .systemLibrary(name: "CCrypto"),
        .systemLibrary(name: "CLinux"),

        // Tests, one target a room. What they share comes first: no product target may depend on it.
        .target(
            name: "TestSupport", dependencies: ["JSON", "Model", "Platform", "Time"],
            path: "Tests/TestSupport"),
        .target(
            name: "ServiceSupport",
            dependencies: [
                "API", "Config", "Documents", "Engine", "HTTP", "Incidents", "Journal", "Model", "Platform",
                "Storage", "TestSupport", "Time", "Views",
            ], path: "Tests/ServiceSupport"),
        .testTarget(name: "TimeTests", dependencies: ["TestSupport", "Time"]),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"]),
        .testTarget(name: "PlatformTests", dependencies: ["Platform", "TestSupport", "Time"]),
        .testTarget(
            name: "HTTPTests", dependencies: ["HTTP", "JSON", "TestSupport", "Time"], exclude: ["wire"]),
        .testTarget(
            name: "HTTPServerTests", dependencies: ["HTTP", "HTTPServer", "Platform", "TestSupport", "Time"]),
        .testTarget(
            name: "OutboundTests", dependencies: ["Journal", "Outbound", "Platform", "TestSupport", "Time"]),
        .testTarget(name: "DocumentsTests", dependencies: ["Documents", "Model", "TestSupport", "Time"]),
        .testTarget(
            name: "IncidentsTests", dependencies: ["Config", "Incidents", "Model", "TestSupport", "Time"]),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "CSQLite", "Documents", "Incidents", "Journal", "JSON", "Migrations", "Model", "Platform",
                "SQL", "Storage", "TestSupport", "Time",
            ]),
        .testTarget(
            name: "JournalTests",
            dependencies: [
                "Documents", "Incidents", "Journal", "JSON", "Model", "Platform", "TestSupport", "Time",
                "Views",
            ]),
        .testTarget(
            name: "EngineTests",
            dependencies: [
                "Config", "Documents", "Engine", "Incidents", "Journal", "JSON", "Model", "Platform",
                "ServiceSupport", "SQL", "Storage", "TestSupport", "Time",
            ]),
        .testTarget(
            name: "APITests",
            dependencies: [
                "API", "Config", "Documents", "Engine", "HTTP", "Incidents", "Journal", "JSON", "Model",
                "Platform", "ServiceSupport", "Storage", "TestSupport", "Time",
            ]),
        .testTarget(
            name: "RecordedTests",
            dependencies: [
                "API", "Config", "Documents", "Engine", "HTTP", "Incidents", "Journal", "JSON", "Model",
                "Platform", "Storage", "Time", "Views",
            ],
            exclude: ["record.py", "journal"]),
        .testTarget(
            name: "AppTests",
            dependencies: [
                "App", "Documents", "Engine", "Incidents", "Journal", "JSON", "Model", "Outbound", "Platform",
                "SQL", "Storage", "TestSupport", "Time", "Views",
            ]),
        .testTarget(
            name: "ProcessTests", dependencies: ["drumbeat", "JSON", "Platform", "TestSupport", "Time"],
            exclude: ["Support/crowd.py", "Support/evil_receiver.py"]),
        .testTarget(
            name: "HouseTests",
            dependencies: [
                "API", "App", "Config", "Documents", "Incidents", "Journal", "Migrations", "Model",
                "Platform",
            ]),
    ]
)

// Every release build optimises across modules: without it a generic function of another module is not specialised.
for target in package.targets where target.type == .regular || target.type == .executable {
    target.swiftSettings = [
        .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))
    ]
}

// `make fuzz` alone asks for this: a fuzzer brings a main of its own and wants its sanitizers in every target, which no other
// build should see. What is not fuzzed is left out.
if Context.environment["DRUMBEAT_FUZZ"] != nil {
    package.products = []
    package.targets.removeAll { $0.name == "drumbeat" || $0.type == .test }
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "API", "App", "Config", "Documents", "Engine", "HTTP", "HTTPServer", "Incidents", "Journal",
                "JSON", "Model", "Outbound", "Platform", "ServiceSupport", "SQL", "Storage", "TestSupport",
                "Time", "Views",
            ],
            path: "Tests/Fuzz", exclude: ["corpus", "decoders", "dictionary", "wire_seeds.py"],
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]))
}
