import Glibc
import JSON
import TestSupport
import Testing

/// The proxies that docs/tls.md tells people to put in front.
enum Proxy: String, CaseIterable, Sendable {
    case nginx, caddy

    /// Its name and address here are those of the checked-in example; only they, the certificate's paths and the upstream are replaced.
    fileprivate func configuration(
        listening port: UInt16, before upstream: String, in folder: TemporaryFolder
    ) throws
        -> String
    {
        let example = self == .nginx ? "nginx.conf.example" : "Caddyfile.example"
        let changes: [(String, String)] =
            switch self {
            case .nginx:
                [
                    ("listen 443 ", "listen 127.0.0.1:\(port) "),
                    ("listen [::]:443 ", "listen 127.0.0.9:\(port) "),
                    ("/etc/ssl/certs/drumbeat.pem", folder.file("cert.pem")),
                    ("/etc/ssl/private/drumbeat.key", folder.file("key.pem")), ("127.0.0.1:8080", upstream),
                ]
            case .caddy:
                [
                    (
                        "\ndrumbeat.example {\n",
                        "\nhttps://drumbeat.example:\(port) {\n\(certificate(in: folder))"
                    ),
                    ("127.0.0.1:8080", upstream),
                ]
            }
        var site = try text(of: repository + "/config/" + example)
        for (old, new) in changes {
            let parts = site.components(around: old)
            try #require(parts.count == 2, "\(example) has \(old) \(parts.count - 1) times")
            site = parts.joined(separator: new)
        }
        return site
    }

    private func certificate(in folder: TemporaryFolder) -> String {
        "\ttls \(folder.file("cert.pem")) \(folder.file("key.pem"))\n\tbind 127.0.0.1\n"
    }

    /// The command that runs it on its configuration, in the foreground and with nothing outside of the folder.
    fileprivate func command(_ site: String, in folder: TemporaryFolder) throws -> [String] {
        switch self {
        case .nginx:
            try folder.write("site.conf", site)
            let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map { "\($0)_temp_path \(folder.file($0));" }.joined(separator: " ")
            // One process: a worker would outlive a killed master.
            let main = """
                daemon off; master_process off; pid \(folder.file("pid")); error_log stderr notice;
                events {}
                http { access_log off; \(temporary) include \(folder.file("site.conf")); }

                """
            return [
                "/usr/sbin/nginx", "-e", "stderr", "-p", folder.path, "-c",
                try folder.write("nginx.conf", main),
            ]
        case .caddy:
            let file = try folder.write(
                "Caddyfile", "{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + site)
            return ["caddy", "run", "--adapter", "caddyfile", "--config", file]
        }
    }

    /// The command that only looks at the configuration.
    fileprivate func check(_ command: [String]) -> [String] {
        self == .nginx ? command + ["-t"] : command.map { $0 == "run" ? "validate" : $0 }
    }

    /// What it logs once it listens.
    fileprivate var greeting: String {
        self == .nginx ? "using the \"epoll\"" : "serving initial configuration"
    }
}

extension Binary {
    /// Issue 4, "TLS stays in front": the service behind the examples of config/, called by curl through TLS.
    @Suite(.serialized) struct ProxyTests {
        private let folder: TemporaryFolder
        private let service: Drumbeat
        private let port: UInt16

        init() throws {
            folder = try TemporaryFolder()
            port = try Self.freePort()
            service = try Drumbeat([
                "DRUMBEAT_HOSTS": "drumbeat.example,drumbeat.example:\(port)",
                "DRUMBEAT_PUBLIC_URL": "https://drumbeat.example", "DRUMBEAT_TRUSTED_PROXIES": "127.0.0.1",
            ])
            let words = [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "2", "-subj", "/CN=drumbeat.example", "-addext",
                "subjectAltName=DNS:drumbeat.example",
                "-keyout", folder.file("key.pem"), "-out", folder.file("cert.pem"),
            ]
            let made = try Child.run(words, in: folder.path)
            try #require(made.ending == .exited(0), "\(made.errors)")
            try service.start()
        }

        @Test(.timeLimit(.minutes(2)), arguments: Proxy.allCases)
        func `requests, long polls and streams pass as they are`(_ proxy: Proxy) throws {
            let running = try start(proxy)
            defer { running.end() }

            let made = try call(
                "/v1/incidents", "--json", #"{"title": "Sign-in fails", "severity": "major"}"#)
            #expect(made.status == 201)
            #expect(made.head("strict-transport-security") == "max-age=31536000")
            let first = try call("/v1/incidents/INC-1", "--compressed")
            #expect(first.status == 200)
            let tag = try #require(first.head("etag"))
            #expect(tag.hasPrefix("\""), "a strong one")
            let same = try call("/v1/incidents/INC-1", "-H", "If-None-Match: \(tag)")
            #expect(same.status == 304 && same.body.isEmpty)

            let stream = try Child(curl("/v1/incidents/INC-1/events", "-N"), in: folder.path)
            defer { stream.end() }
            let place = stream.output.line { $0.hasPrefix("id:") }
            try #require(place != nil, "no stream: \(stream.output.text) \(stream.errors.text)")
            let poll = try Child(curl("/v1/incidents/INC-1/timeline?after=1&wait=20"), in: folder.path)
            #expect(becomes { gauge("drumbeat_long_polls") == 1 || poll.ending != nil })
            #expect(poll.ending == nil, "\(poll.output.text)")
            let began = ContinuousClock.now
            let note = #"{"kind": "note", "text": "The pool is exhausted"}"#
            #expect(try call("/v1/incidents/INC-1/timeline", "--json", note).status == 201)
            #expect(stream.output.line { $0.hasPrefix("data:") && $0.contains("pool is exhausted") } != nil)
            let took = ContinuousClock.now - began
            #expect(took < .seconds(1), "the event took \(took)")
            #expect(poll.wait() == .exited(0))
            #expect(poll.output.text.contains("pool is exhausted"), "\(poll.output.text)")

            // A client that went away must not leave its stream behind.
            #expect(becomes { gauge("drumbeat_streams") == 1 })
            stream.end()
            #expect(becomes { gauge("drumbeat_streams") == 0 })
        }

        @Test(.timeLimit(.minutes(2)), arguments: Proxy.allCases)
        func `a body too large is refused, a little above a mebibyte with our problem`(_ proxy: Proxy) throws
        {
            let running = try start(proxy)
            defer { running.end() }
            for (name, bytes) in [("kept.json", 1_100_000), ("far.json", 3 << 19)] {
                try folder.write(name, String(repeating: " ", count: bytes))
                // What is far too large nginx does not take in at all.
                let isOurs = proxy == .caddy || name == "kept.json"
                // A proxy that still sends a body may lose the answer that came meanwhile: then a client asks again.
                var seen: [String] = []
                let isTold = try becomes(within: .seconds(15)) {
                    let run = try Child.run(curl("/v1/incidents", "--json", "@\(name)"), in: folder.path)
                    seen.append("\(run.output) \(run.errors)")
                    let status = run.output.split(separator: " ").dropFirst().first
                    return status == "413" && run.output.contains("/problems/") == isOurs
                }
                #expect(isTold, "\(name): \(seen)")
            }
        }

        @Test(.timeLimit(.minutes(2)), arguments: Proxy.allCases)
        func `wrong tokens count against the client, whatever it claims to be`(_ proxy: Proxy) throws {
            let running = try start(proxy)
            defer { running.end() }
            func status(from address: String) throws -> Int {
                try call(
                    "/v1/incidents", "--interface", address, "-H", "X-Forwarded-For: 192.0.2.7",
                    token: "wrong"
                ).status
            }
            let statuses = try (1...25).map { _ in try status(from: "127.0.0.2") }
            #expect(statuses == Array(repeating: 401, count: 20) + Array(repeating: 429, count: 5))
            #expect(try status(from: "127.0.0.3") == 401)
            #expect(try call("/v1/incidents", "--interface", "127.0.0.2").status == 200)
        }

        /// Starts the proxy on its checked configuration, and waits until it listens.
        private func start(_ proxy: Proxy) throws -> Child {
            let site = try proxy.configuration(listening: port, before: service.address, in: folder)
            let command = try proxy.command(site, in: folder)
            let home = ["HOME": folder.path, "XDG_DATA_HOME": folder.path, "XDG_CONFIG_HOME": folder.path]
            let checked = try Child.run(proxy.check(command), in: folder.path, home)
            try #require(checked.ending == .exited(0), "\(checked.errors)")
            #expect(!checked.errors.contains("[warn]"), "\(checked.errors)")
            let running = try Child(command, in: folder.path, home)
            let line = running.errors.line { $0.contains(proxy.greeting) }
            try #require(line != nil, "\(proxy) did not start: \(running.errors.text)")
            return running
        }

        private struct Seen {
            var status: Int
            var lines: [Substring]
            var body: String

            func head(_ name: String) -> String? {
                lines.first { $0.lowercased().hasPrefix(name + ":") }
                    .map { String($0.dropFirst(name.count + 1).drop { $0 == " " }) }
            }
        }

        private func call(_ target: String, _ more: String..., token: String? = nil) throws -> Seen {
            let run = try Child.run(curl(target, more, token: token), in: folder.path)
            let parts = run.output.components(around: "\r\n\r\n")
            let lines = parts[0].split(separator: "\r\n")
            let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            return Seen(
                status: try #require(status, "\(run.output) \(run.errors)"), lines: lines,
                body: parts.dropFirst().joined(separator: "\r\n\r\n"))
        }

        private func curl(_ target: String, _ more: String...) throws -> [String] {
            try curl(target, more, token: nil)
        }

        private func curl(_ target: String, _ more: [String], token: String?) throws -> [String] {
            let own = try text(of: service.folder.file("token")).split(separator: "\n").first.map(String.init)
            return [
                "curl", "-s", "-S", "-i", "--max-time", "30", "--cacert", folder.file("cert.pem"),
                "--resolve", "drumbeat.example:\(port):127.0.0.1", "--oauth2-bearer",
                try #require(token ?? own),
                "https://drumbeat.example:\(port)\(target)",
            ] + more
        }

        /// The value of a metric without labels.
        private func gauge(_ name: String) -> Int? {
            try? call("/metrics").body.split(separator: "\n").first { $0.hasPrefix(name + " ") }
                .flatMap { Int($0.dropFirst(name.count + 1)) }
        }

        /// A port that no one had a moment ago.
        private static func freePort() throws -> UInt16 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
                }
            }
            try #require(isBound)
            return UInt16(bigEndian: address.sin_port)
        }
    }
}

extension String {
    /// What stands between one text and the next.
    fileprivate func components(around separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
