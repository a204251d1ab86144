import Encoding
import JSON
import Synchronization
import TestSupport
import Testing
import Time

@testable import Client

@Suite(.serialized, .timeLimit(.minutes(1)))
struct SetupTests {
    private let time = ManualTime()

    private final class Course {
        var said: [String] = []
        var waits: [Duration] = []
    }

    private static func answer(_ status: Int, _ body: String, _ fields: String = "") -> String {
        "HTTP/1.1 \(status) So\r\nX-Request-Id: a\r\n\(fields)Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
    }

    /// Registers what the flags say with a service that gives these answers; the last one also to all further calls.
    private func register(
        _ flags: [String], _ environment: [String: String] = [:], _ answers: String..., into course: Course
    ) throws -> (requests: [Receiver.Request], fault: String?) {
        let rest = Mutex(answers)
        let receiver = try Receiver { connection in
            _ = connection.write(rest.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] })
        }
        let settings = try ClientSettings(environment: ["DRUMBEAT_URL": "http://127.0.0.1:\(receiver.port)"])
        let caller = try ServiceCaller(
            settings, time: time, random: SystemRandom(), patience: .seconds(30),
            wait: { [time] pause in
                course.waits.append(pause)
                time.advance(by: pause)
            }, say: { _ in })
        let setup = Setup(caller, once: caller, wait: { _ in }, say: { course.said.append($0) })
        let plan = try SetupPlan(
            ParsedArguments(flags, by: .setup), environment: environment, asker: nil)
        let target = try #require(plan.target)
        do throws(ClientFault) {
            try setup.register(target, isAnother: false)
            return (receiver.requests, nil)
        } catch {
            return (receiver.requests, "\(error)")
        }
    }

    private static let ntfy = ["--nags", "https://ntfy.example/t", "--kind", "ntfy"]
    private static let busy = answer(503, #"{"type":"/problems/overloaded"}"#, "Retry-After: 9\r\n")

    @Test func `a registration that the service has no room for is repeated with its key`() throws {
        let course = Course()
        let (requests, fault) = try register(
            Self.ntfy, [:], Self.answer(200, #"{"items":[]}"#), Self.busy, Self.busy,
            Self.answer(201, #"{"id":"whk_1","kind":"ntfy","url":"https://ntfy.example/…"}"#), into: course)
        #expect(fault == nil && course.waits == [.seconds(9), .seconds(9)])
        #expect(course.said == ["nags: registered ntfy https://ntfy.example/…"])
        let posts = requests.dropFirst()
        #expect(posts.map { $0.head.first } == Array(repeating: "POST /v1/webhooks HTTP/1.1", count: 3))
        #expect(Set(posts.map { $0.header("idempotency-key") }).count == 1)
    }

    @Test func `a warning of the registration is said`() throws {
        let course = Course()
        _ = try register(
            Self.ntfy, [:], Self.answer(200, #"{"items":[]}"#),
            Self.answer(
                201,
                #"{"id":"whk_1","warnings":[{"code":"test_failed","detail":"It answered a test message with 500: no."}]}"#
            ), into: course)
        #expect(
            course.said.last == "nags: warning: It answered a test message with 500: no. (test_failed)")
    }

    @Test func `a login within the URL is not repeated`() throws {
        let (_, fault) = try register(
            ["--nags", "https://me:pass@w@h.example/x", "--kind", "standard"], [:],
            Self.answer(200, #"{"items":[]}"#),
            Self.answer(
                422, #"{"type":"/problems/webhook-url-refused","detail":"the URL has a user or a password"}"#),
            into: Course())
        let words = try #require(fault)
        #expect(words.hasPrefix("standard https://…@h.example/x was not registered. "), "\(words)")
        #expect(!words.contains("me:pass"), "\(words)")
    }

    private static let mail = [
        "--nags", "smtps://m.example", "--mail-from", "new@a.example", "--mail-to", "b@a.example",
        "--mail-user", "me",
    ]
    private static func registered(from: String, user: String) -> String {
        answer(
            200,
            #"{"items":[{"id":"whk_1","kind":"smtp","url":"smtps://m.example","to":["b@a.example"],"from":"\#(from)","username":\#(user)}]}"#
        )
    }

    @Test(arguments: [
        (
            "old@a.example", #""you""#, "secret",
            #"{"from":"new@a.example","username":"me","password":"secret"}"#,
            "the sender to new@a.example, the user to me, the password to the one that was given"
        ),
        ("new@a.example", "null", nil, #"{"username":"me"}"#, "the user to me"),
    ])
    func `changed settings of the same mail server are set`(
        from: String, user: String, password: String?, body: String, words: String
    ) throws {
        let course = Course()
        let (requests, fault) = try register(
            Self.mail, password.map { ["DRUMBEAT_MAIL_PASSWORD": $0] } ?? [:],
            Self.registered(from: from, user: user), Self.answer(200, #"{"id":"whk_1"}"#), into: course)
        #expect(fault == nil)
        #expect(
            course.said == [
                "nags: kept smtp smtps://m.example, which was registered before, and set \(words)."
            ])
        #expect(requests.last?.head.first == "PATCH /v1/webhooks/whk_1 HTTP/1.1")
        #expect(requests.last.map { String(decoding: $0.body, as: UTF8.self) } == body)
    }

    @Test func `the same settings change nothing`() throws {
        let course = Course()
        let (requests, _) = try register(
            Self.mail, [:], Self.registered(from: "new@a.example", user: #""me""#), into: course)
        #expect(requests.count == 1 && course.said.first?.hasPrefix("nags: kept smtp") == true)
    }

    @Test func `a token of a topic that is kept is not set, and that is said`() throws {
        let course = Course()
        let (requests, _) = try register(
            Self.ntfy, ["DRUMBEAT_NAGS_TOKEN": "tk_1"],
            Self.answer(200, #"{"items":[{"id":"whk_1","kind":"ntfy","url":"https://ntfy.example/…"}]}"#),
            into: course)
        #expect(requests.count == 1 && course.said.last?.contains("was not set") == true)
    }

    @Test func `a refusal names the flag and speaks of no members`() throws {
        let problem =
            ##"{"type":"/problems/webhook-url-refused","detail":"the URL has a user or a password: remove it; secrets have members of their own.","errors":[{"pointer":"#/url","detail":"the URL has a user or a password: remove it; secrets have members of their own."}]}"##
        let (_, fault) = try register(
            Self.ntfy, [:], Self.answer(200, #"{"items":[]}"#), Self.answer(422, problem), into: Course())
        #expect(
            fault == """
                ntfy https://ntfy.example/… was not registered. the URL has a user or a password: remove it; give --mail-user, or \
                --nags-token-file. (webhook-url-refused)
                Correct --nags, and run drumbeat init again.
                """)
    }
}
