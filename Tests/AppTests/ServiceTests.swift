import App
import Encoding
import Glibc
import Logging
import OperatingSystem
import Synchronization
import TestSupport
import Testing
import Threads
import Time

/// The service as `serve` runs it, over a plain socket.
@Suite(.serialized)
struct ServiceTests {
    /// A service with its folder, stopped with its value.
    final class Running {
        let service: Service
        let wire: Wire
        private let descriptor: Int32

        init(_ folder: TemporaryFolder, _ settings: [String: String] = [:], token: String? = nil) throws {
            var environment = settings
            environment["DRUMBEAT_DATABASE"] = "sqlite:\(folder.path)/a.db"
            environment["DRUMBEAT_LISTEN"] = "127.0.0.1:0"
            let configuration = try ConfigurationReader(environment: environment, files: []).read(flags: [])
                .configuration
            descriptor = open("/dev/null", O_WRONLY)
            let logger = Logger(level: .error, format: .json, descriptor: descriptor, time: SystemTime())
            service = try Service(configuration, logger: logger, time: SystemTime(), random: SystemRandom()) {
                why in
                Issue.record("the store broke: \(why)")
            }
            wire = Wire(address: service.address, token: token ?? service.adminSecret)
            service.open()
        }

        /// Waits, with a limit, until so many requests wait for an entry, and something else holds too.
        func waitForPolls(_ count: Int, and holds: () -> Bool = { true }) {
            let began = ContinuousClock.now
            while service.waitingCount != count || !holds() {
                guard ContinuousClock.now - began < .seconds(20) else {
                    Issue.record("\(service.waitingCount) requests wait, not \(count)")
                    return
                }
                sched_yield()
            }
        }

        deinit {
            service.stop()
            close(descriptor)
        }
    }

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `the first start gives an admin token, a later one does not, and what was written is there`()
        throws
    {
        var (token, tag): (String?, String?)
        do {
            let running = try Running(folder)
            token = running.service.adminSecret
            #expect(token?.hasPrefix("dbt_") == true)
            let made = try running.wire.ask("POST", "/v1/incidents", #"{"title": "x", "severity": "major"}"#)
            #expect(made.status == 201)
            #expect(made.field("Location") == "/v1/incidents/INC-1")
            tag = made.field("ETag")
            #expect(tag != nil)
        }
        let again = try Running(folder, token: token)
        #expect(again.service.adminSecret == nil)
        let read = try again.wire.ask("GET", "/v1/incidents/INC-1")
        #expect(read.status == 200)
        #expect(read.string("title") == "x")
        #expect(read.field("ETag") == tag)
    }

    @Test func `the token of the operator's file opens the door and is not given out`() throws {
        let file = folder.path + "/token"
        let running = try Running(folder, ["DRUMBEAT_ADMIN_TOKEN_FILE": file])
        #expect(running.service.adminSecret == nil)
        let secret = String(decoding: try Files.read(file, bytesMax: 100).dropLast(), as: UTF8.self)
        let wire = Wire(address: running.service.address, token: secret)
        #expect(try wire.ask("GET", "/v1/tokens").status == 200)
    }

    @Test func `a long poll outlasts the handler's timeout, and an entry or the end of the service ends it`()
        throws
    {
        let running = try Running(folder, ["DRUMBEAT_HANDLER_TIMEOUT": "700ms"])
        let wire = running.wire
        #expect(try wire.ask("POST", "/v1/incidents", #"{"title": "x", "severity": "major"}"#).status == 201)
        let path = "/v1/incidents/INC-1/timeline"
        let short = try wire.ask("GET", "\(path)?after=1&wait=1")
        #expect(short.status == 200)
        #expect(short.body == #"{"items":[],"next":null}"#)

        let answers = Mutex<[Int: String]>([:])
        let done = OneShotEvent()
        let thread = WorkerThread(name: "poll") {
            let first = try? wire.ask("GET", "\(path)?after=1&wait=55")
            answers.withLock { $0[1] = first?.body ?? "none" }
            let last = try? wire.ask("GET", "\(path)?after=2&wait=55")
            answers.withLock { $0[2] = last?.body ?? "none" }
            done.open()
        }
        thread.start()
        running.waitForPolls(1)
        #expect(try wire.ask("POST", path, #"{"text": "news"}"#).status == 201)
        running.waitForPolls(1) { answers.withLock { $0[1] != nil } }
        let began = ContinuousClock.now
        running.service.stop()
        done.wait()
        #expect(ContinuousClock.now - began < .seconds(8), "the end waited for the poll")
        #expect(answers.withLock { $0[1] }?.contains("news") == true)
        #expect(answers.withLock { $0[2] } == #"{"items":[],"next":null}"#)
    }

    @Test func `a second service on the same file is refused and told who has it`() throws {
        let running = try Running(folder)
        let message = #expect(throws: (any Error).self) { _ = try Running(folder) }.map { "\($0)" }
        #expect(message?.contains("\(getpid())") == true, "\(message ?? "")")
        #expect(try running.wire.ask("GET", "/healthz").status == 200)
    }

    @Test func `healthcheck finds a service that is ready, and no one where no one is`() throws {
        var address = ""
        do {
            let running = try Running(folder)
            address = running.service.address
            #expect(HealthCheck.ask(address, named: nil, token: nil)?.status == 200)
            let port = address.split(separator: ":").last ?? ""
            #expect(HealthCheck.ask("0.0.0.0:\(port)", named: nil, token: nil)?.status == 200)
        }
        for nobody in [
            address, "", "x", "127.0.0.1", "127.0.0.1:", "localhost:80:x", "[::1", ":::", "999.0.0.1:80",
        ] {
            #expect(HealthCheck.ask(nobody, named: nil, token: nil) == nil, "\(nobody)")
        }
    }

    @Test func `what the server refuses is a problem with its slug, and the connection ends`() throws {
        let running = try Running(
            folder,
            [
                "DRUMBEAT_HOSTS": "127.0.0.1", "DRUMBEAT_HEADERS_TIMEOUT": "200ms",
                "DRUMBEAT_REQUEST_LINE_MAX": "256",
                "DRUMBEAT_HEADERS_MAX": "1024",
            ])
        let wire = running.wire
        let long = String(repeating: "x", count: 1_100)
        let auth = "Authorization: Bearer \(wire.token ?? "")\r\n"
        let head = "Host: 127.0.0.1\r\n\(auth)"
        let post = "POST /v1/incidents HTTP/1.1\r\n\(head)"
        let json = "Content-Type: application/json\r\n"
        let cases: [(String, Int, String)] = [
            ("GET /\(long) HTTP/1.1\r\n\(head)\r\n", 414, "uri-too-long"),
            ("GET / HTTP/1.1\r\n\(head)X: \(long)\r\n\r\n", 431, "headers-too-large"),
            ("GET / HTTP/1.1\r\n\(head)Host: a\r\n\r\n", 400, "malformed-request"),
            ("GET /v1/incidents HTTP/1.1\r\n\(head)Content-Length: 2\r\n\r\n{}", 400, "malformed-request"),
            ("\(post)\(auth)\r\n", 400, "malformed-request"),
            (
                "\(post)\(json)Idempotency-Key: a\r\nIdempotency-Key: a\r\nContent-Length: 2\r\n\r\n{}", 400,
                "malformed-request"
            ),
            ("GET /v1/incidents/INC-1%2Ftimeline HTTP/1.1\r\n\(head)\r\n", 400, "malformed-request"),
            ("GET /v1/incidents/%00 HTTP/1.1\r\n\(head)\r\n", 400, "malformed-request"),
            ("GET /v1/%c0%ae/x HTTP/1.1\r\n\(head)\r\n", 400, "malformed-request"),
            ("GET /v1/../x HTTP/1.1\r\n\(head)\r\n", 400, "malformed-request"),
            ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, "misdirected-request"),
            (
                "\(post)\(json)Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 415,
                "unsupported-media-type"
            ),
            ("\(post)\(json)Expect: magic\r\nContent-Length: 2\r\n\r\n{}", 417, "expectation-failed"),
            ("\(post)\(json)Content-Length: 262145\r\n\r\n", 413, "content-too-large"),
            (
                "\(post)\(json)Transfer-Encoding: chunked\r\n\r\n40001\r\n\(String(repeating: " ", count: 0x40001))",
                413, "content-too-large"
            ),
            ("BREW /v1/incidents HTTP/1.1\r\n\(head)\r\n", 501, "not-implemented"),
            ("GET / HTTP/2.0\r\n\(head)\r\n", 505, "version-not-supported"),
            ("GET / HTTP/1.1\r\nHost: 127", 408, "request-timeout"),
            ("\(post)Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415, "unsupported-media-type"),
            (
                "POST /v1/incidents HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\n\r\n", 401,
                "unauthorized"
            ),
        ]
        for (text, status, slug) in cases {
            let answer = try wire.send(text)
            let what = "\(slug): \(text.prefix(60))"
            #expect(answer.status == status, "\(what)")
            #expect(answer.string("type") == "/problems/\(slug)", "\(what)")
            #expect(answer.field("Content-Type") == "application/problem+json", "\(what)")
            #expect(answer.field("Connection") == "close", "\(what)")
            #expect(answer.string("request_id") == answer.field("X-Request-Id"), "\(what)")
            #expect(answer.field("X-Content-Type-Options") == "nosniff", "\(what)")
            if status == 415 { #expect(answer.body.contains("curl --json"), "\(what)") }
        }
        #expect(try wire.ask("GET", "/v1/incidents?state=all").body == #"{"items":[],"next":null}"#)
    }

    @Test func `a body just within its limit is read, and HEAD answers without one`() throws {
        let running = try Running(folder)
        let padding = String(repeating: " ", count: 262_144 - 40)
        var body = #"{"title": "x", "severity": "major"}"# + padding
        body += String(repeating: " ", count: 262_144 - body.utf8.count)
        #expect(try running.wire.ask("POST", "/v1/incidents", body).status == 201)
        let get = try running.wire.ask("GET", "/v1/incidents/INC-1")
        let head = try running.wire.ask("HEAD", "/v1/incidents/INC-1")
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head.field("Content-Length") == "\(get.body.utf8.count)")
        #expect(head.field("ETag") == get.field("ETag"))
        let named = try running.wire.ask("GET", "/v1/incidents/INC-9", fields: ["X-Request-Id: mine-1"])
        #expect(named.string("request_id") == "mine-1")
        #expect(named.field("X-Request-Id") == "mine-1")
        let forged = try running.wire.ask("GET", "/v1/incidents/INC-9", fields: ["X-Request-Id: a b"])
        #expect(forged.string("request_id") != "a b")
        #expect(forged.string("request_id") == forged.field("X-Request-Id"))
    }

    @Test func `a webhook's URL that leads inside is refused, and allowed where the operator says so`() throws
    {
        let refused = [
            "http://example.org/", "https://127.0.0.1/", "https://10.0.0.1/",
            "https://169.254.169.254/latest",
            "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://0x7f.1/", "https://2130706433/",
            "https://0177.0.0.1/",
            "https://localhost/", "https://192.168.0.1/", "https://[fd00::1]/", "https://example.org:22/",
            "ftp://example.org/",
            "file:///etc/passwd", "https://user:pw@example.org/", "https://", "nonsense",
            "https://exa mple.org/",
            "https://[64:ff9b::7f00:1]/", "javascript:alert(1)",
        ]
        do {
            let running = try Running(folder)
            for url in refused {
                let answer = try running.wire.ask(
                    "POST", "/v1/webhooks", #"{"url": "\#(url)", "events": ["*"]}"#)
                #expect(answer.status == 422, "\(url)")
                #expect(answer.string("type") == "/problems/webhook-url-refused", "\(url)")
                #expect(answer.body.contains("#/url"), "\(url)")
            }
            #expect(try running.wire.ask("GET", "/v1/webhooks").body == #"{"items":[],"next":null}"#)
            let good = try running.wire.ask(
                "POST", "/v1/webhooks", #"{"url": "https://example.org/x", "events": ["*"]}"#)
            #expect(good.status == 201)
        }
        let other = try TemporaryFolder()
        let open = try Running(other, ["DRUMBEAT_WEBHOOK_ALLOW": "127.0.0.0/8"])
        let inner = try open.wire.ask(
            "POST", "/v1/webhooks", #"{"url": "http://127.0.0.1:9999/", "events": ["update.*"]}"#)
        #expect(inner.status == 201)
        let own = try open.wire.ask(
            "POST", "/v1/webhooks", #"{"url": "http://\#(open.service.address)/", "events": ["update.*"]}"#)
        #expect(own.string("type") == "/problems/webhook-url-refused")
        for secret in ["whsec_", "whsec_QUJD", "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD", "whsec_!!!"] {
            let answer = try open.wire.ask(
                "POST", "/v1/webhooks",
                #"{"url": "http://127.0.0.1:9999/", "events": ["*"], "secret": "\#(secret)"}"#)
            #expect(answer.string("type") == "/problems/validation", "\(secret)")
        }
    }

    @Test func `the operator's texts, cadence and limits reach the API`() throws {
        try folder.write("texts/templates/nothing_new.txt", "NEWS of {{ref}}\n")
        let running = try Running(
            folder,
            [
                "DRUMBEAT_TEXTS": folder.path + "/texts", "DRUMBEAT_INTERVAL_MAJOR": "20m",
                "DRUMBEAT_FIRST_UPDATE": "20s",
            ])
        let made = try running.wire.ask("POST", "/v1/incidents", #"{"title": "x", "severity": "major"}"#)
        #expect(made.body.contains(#""interval_seconds":1200"#))
        let draft = try running.wire.ask(
            "GET", "/v1/incidents/INC-1/status-updates/draft?template=nothing_new")
        #expect(draft.body == "NEWS of INC-1\n")
    }
}
