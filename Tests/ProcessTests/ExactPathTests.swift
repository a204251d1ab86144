import TestSupport
import Testing

extension Binary {
    /// Nothing is served from the disk: what is asked for is a route, letter by letter, or nothing. Source: http-strictness.md, H32.
    @Suite(.serialized) struct ExactPathTests {
        private static let refused = [
            "/../etc/passwd", "/../../../../etc/passwd", "/v1/../../config/drumbeat.conf", "/./token",
            "/docs/../token", "/%2e%2e/etc/passwd", "/%2E%2e/token", "/.%2e/token", "/..%2ftoken",
            "/%2fetc%2fpasswd", "/v1%2f..%2f..%2ftoken", "/..%5ctoken", "/..\\token",
            "/%c0%ae%c0%ae/etc/passwd",
            "/%e0%80%ae/etc/passwd", "/etc/passwd%00", "/token%00.json", "/problems/..%2f..%2ftoken",
            "/problems/../token", "etc/passwd", "file:///etc/passwd", "/v1/templates/../../token",
            "/v1/templates/%2e%2e",
        ]
        private static let unknown = [
            "//", "/etc/passwd", "//etc/passwd", "/etc//passwd", "/proc/self/environ", "/proc/self/maps",
            "/token", "/drumbeat.db", "/drumbeat.db-wal", "/drumbeat.db.lock", "/config/drumbeat.conf",
            "/config/templates/update.txt", "/docs", "/docs/", "/docs/api.md", "/README.md", "/favicon.ico",
            "/robots.txt", "/index.html", "/.env", "/.git/config", "/.well-known/security.txt", "/static/",
            "/assets/app.js", "/%252e%252e/token", "/.../token", "/~root", "/v1/templates/update.txt",
            "/v1/templates/passwd", "/problems/token", "/problems/not-found.html",
        ]
        private static let known = [
            "/healthz", "/readyz", "/openapi.json", "/problems", "/problems/not-found", "/v1/templates",
            "/v1/templates/update", "/v1/incidents/INC-1",
        ]

        @Test func `no file is looked at for any path, and known paths are answered letter by letter alone`()
            throws
        {
            let service = try Drumbeat()
            let file = service.folder.file("trace")
            try service.start(
                behind: ["strace", "-D", "-f", "-s", "64", "-o", file, "-e", "trace=%file,recvfrom"])
            _ = try service.declare()
            let caller = try service.caller()
            func status(_ path: String, _ method: String = "GET") throws -> Int {
                try #require(caller.send(method, path)?.status, "no answer to \(method) \(path)")
            }
            // What is made or opened once, such as a reader's connection to the database, is there by now.
            for path in Self.known {
                for _ in 0..<20 { #expect(try status(path) == 200, "\(path)") }
            }
            _ = try status("/marked/first")
            for path in Self.refused { #expect(try status(path) == 400, "\(path)") }
            for path in Self.unknown { #expect(try status(path) == 404, "\(path)") }
            for path in Self.known {
                #expect(try status(path) == 200, "\(path)")
                #expect(try status(path, "HEAD") == 200, "\(path)")
                let others = [
                    path + "/", path + "/.json", path + ".", path + "%20", path + ";a", path + "x",
                    "/" + path,
                    path.uppercased() == path ? path.lowercased() : path.uppercased(),
                    String(path.dropLast()),
                ]
                for other in others where !Self.known.contains(other) {
                    #expect(try status(other) == 404, "\(other)")
                }
            }
            _ = try status("/marked/last")
            // That a file is seen when one is opened: the figures of the process lie in /proc/self.
            #expect(try status("/metrics") == 200)
            #expect(try service.stop() == .exited(0))
            let lines = try text(of: file).split(separator: "\n")
            let first = try #require(lines.firstIndex { $0.contains("GET /marked/first") })
            let last = try #require(lines.firstIndex { $0.contains("GET /marked/last") })
            // Each second another thread asks the database whether a token has changed, and SQLite looks at its own file then.
            let loops = Set(lines.lazy.filter { $0.contains("recvfrom(") }.map { $0.prefix { $0 != " " } })
            let database = "\"\(service.folder.path)/drumbeat.db\""
            let touched = lines[first..<last].filter { line in
                let isOfLoop = loops.contains(line.prefix { $0 != " " })
                let isOwnLook = line.contains(", \"\", {") || line.contains(database)
                return !line.contains("recvfrom") && (isOfLoop || !isOwnLook)
            }
            #expect(touched.isEmpty, "\(touched.joined(separator: "\n"))")
            #expect(lines[last...].contains { $0.contains("\"/proc/self/fd\"") }, "the trace sees no files")
        }
    }
}
