import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// F16: one receiver with more than thirty bad manners, and a good one beside it.
    @Suite(.serialized) struct EvilReceiverTests {
        /// Far below the 15 s of a real service, so that each manner is met many times.
        private static let timeoutSeconds = 3
        /// What a busy machine may add to that.
        private static let slackMilliseconds = 1_500
        private static let events = Seed.isShort ? 30 : 60
        /// How much more memory it may take after each manner was met than when they were met first.
        private static let growthKiB = 8 << 10

        private let service: Drumbeat
        private let evil: Child
        private let urls: [(manner: String, url: String)]

        init() throws {
            service = try Drumbeat([
                "DRUMBEAT_WEBHOOK_ALLOW": "127.0.0.0/8", "DRUMBEAT_WEBHOOK_CONNECT_TIMEOUT": "1s",
                "DRUMBEAT_WEBHOOK_TIMEOUT": "\(Self.timeoutSeconds)s",
            ])
            let script = repository + "/Tests/ProcessTests/Support/evil_receiver.py"
            evil = try Child(["python3", script, service.folder.path], in: "/tmp")
            let line = try #require(evil.output.line { $0.hasPrefix("{") }, "\(evil.errors.text)")
            guard case .object(let object) = try JSONReader.read(Array(line.utf8)) else {
                throw TestFault("no urls: \(line)")
            }
            urls = object.members.map { ($0.name, $0.value.text ?? "") }
            service.settings["DRUMBEAT_WEBHOOK_CA_FILE"] = service.folder.file("authority.pem")
        }

        /// What each manner must come to: a status, or words of the error.
        private static let ends: [String: String] = [
            "status_500": "500", "status_503": "503", "throttling_seconds": "429", "throttling_date": "429",
            "throttling_nonsense": "429", "gone": "410", "no_content_with_body": "204",
            "redirect_loop": "301", "slow_body": "500", "ten_gibibytes": "500", "endless_body": "200",
            "huge_chunk": "200", "both_framings": "200", "negative_length": "length", "tls_good": "200",
            "hundred_thousand_headers": "longer than 16 kib",
            "endless_interim": "longer than 16 kib", "silent": "did not answer within 3s",
            "never_reads": "did not answer within 3s", "one_byte_a_second": "did not answer within 3s",
            "slow_headers": "did not answer within 3s", "black_hole": "no connection to the target within 1s",
            "tls_never_answers": "no connection to the target within 1s", "tls_self_signed": "certificate",
            "tls_wrong_name": "127.0.0.1",
            "tls_expired": "certificate has expired", "tls_1_0": "protocol version",
        ]

        @Test(.timeLimit(.minutes(2)))
        func `whatever they do, the good one gets each event within a second, and memory stays flat`() throws
        {
            #expect(urls.count > 30)
            try service.start()
            let caller = try service.caller()
            let receiver = try Receiver.accepting()
            var ids: [String: String] = [:]
            for (manner, url) in urls {
                let made = caller.post("/v1/webhooks", #"{"url": "\#(url)", "events": ["*"]}"#)
                ids[manner] = try #require(made?.json?["id"]?.text, "\(manner): \(made?.text ?? "-")")
            }
            let good = caller.post("/v1/webhooks", #"{"url": "\#(receiver.url())", "events": ["*"]}"#)
            let goodID = try #require(good?.json?["id"]?.text)

            // Each of them hangs with one attempt of each class: nags, status, record.
            for id in ids.values { _ = caller.post("/v1/webhooks/\(id)/test", "{}") }
            let ref = try declare(caller, receiver)
            var early = 0
            var slowest = Duration.zero
            for number in 1...Self.events {
                // Time for the hung ones to be given up and tried again; this waits for nothing but the clock.
                poll(nil, 0, 250)
                let began = ContinuousClock.now
                switch number % 3 {
                case 0: _ = try declare(caller, receiver)
                case 1:
                    try expect(
                        "timeline.entry_added", receiver,
                        caller.post("/v1/incidents/\(ref)/timeline", #"{"text": "n"}"#))
                default:
                    try expect("endpoint.test", receiver, caller.post("/v1/webhooks/\(goodID)/test", "{}"))
                }
                slowest = max(slowest, ContinuousClock.now - began)
                if number == Self.events / 3 { early = try residentKiB() }
            }
            let late = try residentKiB()
            print(
                "evil receivers: \(urls.count), slowest of \(Self.events): \(slowest), memory \(early) KiB, then \(late) KiB"
            )
            #expect(slowest <= .seconds(1))
            #expect(late - early < Self.growthKiB, "\(early) KiB, then \(late) KiB")
            for (manner, id) in ids.sorted(by: { $0.key < $1.key }) { try check(manner, id, caller) }
            #expect(caller.get("/v1/webhooks/\(ids["gone"] ?? "")")?.json?["enabled"] == .bool(false))
            evil.closeInput()
            #expect(try service.stop() == .exited(0))
        }

        /// Every attempt has ended in time, and with what its manner must come to.
        private func check(_ manner: String, _ id: String, _ caller: Caller) throws {
            let page = caller.get("/v1/webhooks/\(id)/deliveries?limit=200")
            let items = try #require(page?.json?["items"]?.items)
            let attempts = items.flatMap { $0["attempts"]?.items ?? [] }
            #expect(!attempts.isEmpty, "\(manner) was never tried")
            let limit = Self.timeoutSeconds * 1_000 + Self.slackMilliseconds
            let wrong = attempts.filter { attempt in
                let end = attempt["status"]?.number.map { "\($0)" } ?? attempt["error"]?.text ?? ""
                let isVisible = !end.isEmpty && (attempt["answer"]?.text?.utf8.count ?? 0) <= 200
                let isInTime = (attempt["duration_milliseconds"]?.number ?? .max) <= limit
                // What is not in the table may end in several ways, but never as if it had been taken.
                let isExpected =
                    Self.ends[manner].map { end.lowercased().contains($0) }
                    ?? !["200", "204"].contains(end)
                return !isVisible || !isInTime || !isExpected
            }
            #expect(wrong.isEmpty, "\(manner): \(wrong.first?.encoded().asText ?? "")")
        }

        private func declare(_ caller: Caller, _ receiver: Receiver) throws -> String {
            let answer = caller.post("/v1/incidents", #"{"title": "x", "severity": "minor"}"#)
            try expect("incident.declared", receiver, answer)
            return try #require(answer?.json?["ref"]?.text)
        }

        private func expect(_ type: String, _ receiver: Receiver, _ answer: ClientResponse?) throws {
            #expect([201, 202].contains(answer?.status ?? 0), "\(answer?.text ?? "no answer")")
            let message = try #require(
                receiver.next(within: .seconds(5)), "\(type): \(service.log.suffix(4_000))")
            #expect(message.type == type)
        }

        /// The service's resident memory.
        private func residentKiB() throws -> Int {
            let pid = try #require(service.child?.pid)
            let line = try text(of: "/proc/\(pid)/status").split(separator: "\n").first {
                $0.hasPrefix("VmRSS:")
            }
            return try #require(line?.split(separator: " ").dropLast().last.flatMap { Int($0) })
        }
    }
}

extension [UInt8] {
    fileprivate var asText: String { String(decoding: self, as: UTF8.self) }
}
