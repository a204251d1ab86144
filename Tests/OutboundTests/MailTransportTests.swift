import JSON
import Journal
import TestSupport
import Testing

@testable import Outbound

/// Mail on the wire, to aiosmtpd and to servers that misbehave at each step.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct MailTransportTests {
    private static let accepted = OutboundResult.answered(
        status: 250, retryAfter: nil, excerpt: "250 2.0.0 queued as 7")

    private func members(_ mail: JSONValue) throws -> [String: String] {
        var headers: [String: String] = [:]
        for header in try #require(mail["headers"]?.items) {
            let name = try #require(header.items?.first?.text)
            #expect(headers[name] == nil, "\(name) twice")
            headers[name] = header.items?.last?.text
        }
        return headers
    }

    @Test func `a mail has its headers, its body and the thread of its incident`() async throws {
        let server = try MailServer(tls: "none")
        let recipients = ["bob@corp.example", "on-call+db@ops.corp.example"]
        let result = try await transport().deliver(mail(to: server.url(), recipients: recipients))
        #expect(result == Self.accepted)
        let mail = try server.received()
        #expect(mail["from"]?.text == "drumbeat@corp.example")
        #expect(mail["to"]?.items?.compactMap(\.text) == recipients)
        #expect(
            try members(mail) == [
                "From": "drumbeat@corp.example",
                "To": "bob@corp.example, on-call+db@ops.corp.example",
                "Date": "Thu, 15 Jan 2026 10:17:00 +0000",
                "Subject": "[INC-42] critical: status update overdue by 7 min",
                "Message-ID": "<msg_01@corp.example>",
                "In-Reply-To": "<inc_01KFA8Z0000000000000000042@corp.example>",
                "References": "<inc_01KFA8Z0000000000000000042@corp.example>",
                "X-Incident": "INC-42",
                "Auto-Submitted": "auto-generated",
                "MIME-Version": "1.0",
                "Content-Type": #"text/plain; charset="utf-8""#,
                "Content-Transfer-Encoding": "base64",
            ])
        #expect(mail["defects"]?.items?.isEmpty == true)
        #expect(
            mail["body"]?.text == """
                INC-42 critical: status update overdue by 7 min, asked of bob (communicator)
                People cannot sign in
                Asked: bob (communicator)
                Due: 10:10 UTC
                Last update: 09:55 UTC

                Draft:

                Many people cannot sign in. We have restarted the database and are watching the error rate.

                The next update is due at 10:32 UTC.

                To answer: drumbeat update INC-42, or drumbeat nothing-new INC-42

                https://drumbeat.example/v1/incidents/INC-42

                """)
    }

    @Test func `no header has a word that people wrote, and no line is too long`() async throws {
        let server = try MailServer(tls: "none")
        let result = try await transport().deliver(mail(to: server.url(), Hostile.notification()))
        #expect(result == Self.accepted)
        let received = try server.received()
        let headers = try members(received)
        #expect(headers.count == 12)
        #expect(headers["Subject"] == "[INC-42] critical: you are called in")
        for (name, value) in headers {
            #expect(!value.contains("evil") && !value.contains("forged"), "\(name)")
        }
        #expect((received["longest"]?.number ?? 1_000) <= 78)
        #expect(received["stray"] == .bool(false))
        let body = try #require(received["body"]?.text)
        #expect(body.contains("\\u{202E}gnp.exe") && body.contains("\\u{1B}[31m"))
        #expect(body.contains("\nSubject: forged") && body.hasPrefix("INC-42 critical: late, "))
        #expect(!body.unicodeScalars.contains { $0.isHidingOrControl && $0 != "\n" })
    }

    @Test func `a test belongs to no incident`() async throws {
        let server = try MailServer(tls: "none")
        let result = try await transport().deliver(mail(to: server.url(), Sample.test.notification))
        #expect(result == Self.accepted)
        let headers = try members(try server.received())
        #expect(headers["Subject"] == "Test: nags and messages of Drumbeat arrive here")
        for name in ["In-Reply-To", "References", "X-Incident"] { #expect(headers[name] == nil) }
    }

    // TLS

    @Test(arguments: ["starttls", "implicit"])
    func `mail goes over TLS to a server that is known, with the login`(tls: String) async throws {
        let login = ["drumbeat", "pass \" word"]
        let server = try MailServer(tls: tls, login: login)
        let url = server.url("mail.localhost", scheme: tls == "implicit" ? "smtps" : "smtp")
        let transport = try transport(caFile: server.certificate)
        #expect(await transport.deliver(mail(to: url, login: login)) == Self.accepted)
        let received = try server.received()
        #expect(received["tls"] == .bool(true))
        #expect(received["login"] == .bool(true))
    }

    @Test(arguments: ["starttls", "implicit"])
    func `a wrong password is refused for good, with what the server said`(tls: String) async throws {
        let server = try MailServer(tls: tls, login: ["drumbeat", "right"])
        let url = server.url("mail.localhost", scheme: tls == "implicit" ? "smtps" : "smtp")
        let transport = try transport(caFile: server.certificate)
        let result = await transport.deliver(mail(to: url, login: ["drumbeat", "wrong"]))
        guard case .refused(535, let excerpt) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(excerpt.hasPrefix("535 "))
        #expect(server.hasReceivedNothing)
    }

    @Test(arguments: ["starttls", "implicit"])
    func `no mail goes to a server whose certificate is unknown or another's`(tls: String) async throws {
        let scheme = tls == "implicit" ? "smtps" : "smtp"
        let other = try MailServer(tls: tls, name: "DNS:other.example")
        for host in ["mail.localhost", "127.0.0.1", "localhost"] {
            let unknown = try await transport().deliver(mail(to: other.url(host, scheme: scheme)))
            #expect(unknown.failure.contains("certificate"), "\(unknown)")
            let wrong = try await transport(caFile: other.certificate).deliver(
                mail(to: other.url(host, scheme: scheme)))
            #expect(
                wrong.failure.contains("does not match") || wrong.failure.contains("no alternative"),
                "\(wrong)")
        }
        #expect(other.hasReceivedNothing)
    }

    @Test func `without TLS nothing is sent but to a literal address of the operator's networks`()
        async throws
    {
        let server = try ToldMailServer([:])
        let transport = try transport()
        let named = await transport.deliver(mail(to: server.url("mail.localhost"), login: ["a", "b"]))
        #expect(named.failure.contains("SSL") || named.failure.contains("TLS"), "\(named)")
        #expect(
            try !server.heard().contains { $0.hasPrefix("MAIL") || $0.hasPrefix("AUTH") })
        for host in ["127.0.0.1", "localhost"] {
            let server = try ToldMailServer([:])
            let result = await transport.deliver(mail(to: server.url(host)))
            #expect(result == .answered(status: 250, retryAfter: nil, excerpt: "250 queued"))
        }
    }

    @Test(arguments: [
        "hang", "close", "454 later\r\n", "550 no\r\n", "220 go on\r\n250 ok\r\n", "220 go on\r\n",
    ])
    func `a server that does not go on with STARTTLS gets nothing`(reply: String) async throws {
        let server = try ToldMailServer(["EHLO": "250-a\r\n250 STARTTLS\r\n", "STARTTLS": reply])
        let transport = try transport(timeouts: .init(total: .milliseconds(300)))
        let result = await transport.deliver(mail(to: server.url("mail.localhost"), login: ["a", "b"]))
        #expect(!result.failure.isEmpty, "\(result)")
        #expect(try !server.heard().contains { $0.hasPrefix("MAIL") || $0.hasPrefix("AUTH") })
    }

    @Test func `smtps to a server without TLS fails`() async throws {
        let server = try ToldMailServer([:])
        let result = try await transport().deliver(mail(to: server.url(scheme: "smtps")))
        #expect(result.failure.contains("SSL"), "\(result)")
    }

    // What the server answers

    @Test(arguments: ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "end"])
    func `a step that is refused for good or for now says so`(step: String) async throws {
        for (code, isFinal) in [(450, false), (451, false), (550, true), (554, true)] {
            var replies = [step: "\(code)-5.1.1 no\u{1B}\r\n\(code) never \u{202E}mind\r\n"]
            if step == "EHLO" { replies["HELO"] = replies["EHLO"] }
            let server = try ToldMailServer(replies)
            let result = try await transport().deliver(
                mail(to: server.url(), recipients: ["a@corp.example", "b@corp.example"]))
            let excerpt = "\(code)-5.1.1 no\\x1B \(code) never \\u{202E}mind"
            #expect(
                result
                    == (isFinal
                        ? .refused(status: code, excerpt: excerpt)
                        : .answered(status: code, retryAfter: nil, excerpt: excerpt)),
                "\(step) \(code)")
        }
    }

    @Test
    func `one recipient who is accepted suffices, and one who may be accepted later asks for a repetition`()
        async throws
    {
        let recipients = ["a@corp.example", "b@corp.example"]
        func result(_ first: String, _ second: String) async throws -> OutboundResult {
            let server = try ToldMailServer([
                "RCPT TO:<a@corp.example>": first, "RCPT TO:<b@corp.example>": second,
            ])
            return try await transport().deliver(mail(to: server.url(), recipients: recipients))
        }
        let (yes, busy, no) = ("250 ok\r\n", "450 busy\r\n", "550 unknown\r\n")
        let delivered = OutboundResult.answered(status: 250, retryAfter: nil, excerpt: "250 queued")
        #expect(try await result(yes, yes) == delivered)
        for (first, second) in [(yes, no), (no, yes), (busy, yes), (yes, busy)] {
            let said = first == yes ? second.dropLast() : first.dropLast()
            let excerpt = "1 of the recipients refused: \(said); 250 queued"
            #expect(
                try await result(first, second)
                    == .answered(status: 250, retryAfter: nil, excerpt: excerpt))
        }
        let later = OutboundResult.answered(status: 450, retryAfter: nil, excerpt: "450 busy")
        #expect(try await result(busy, no) == later)
        #expect(try await result(no, busy) == later)
        #expect(try await result(no, no) == .refused(status: 550, excerpt: "550 unknown"))
    }

    @Test(
        arguments: ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "end"],
        ["hang", "close", "endless", "line", "nonsense\r\n\r\n\u{0}\r\n"])
    func `a server that misbehaves at a step is given up, and its words are no verdict`(
        step: String, how: String
    ) async throws {
        let server = try ToldMailServer([step: how, "RCPT TO:<a@corp.example>": "550 no\r\n"])
        let transport = try transport(timeouts: .init(total: .milliseconds(300)))
        let began = ContinuousClock.now
        let result = await transport.deliver(
            mail(to: server.url(), recipients: ["a@corp.example", "b@corp.example"]))
        #expect(!result.failure.isEmpty, "\(result)")
        #expect(result.failure.utf8.count <= 300)
        #expect(ContinuousClock.now - began < .seconds(20))
    }

    @Test(arguments: ["hang", "close", "endless", "line", "500 no\r\n"])
    func `what a server does after it has taken the message does not matter`(how: String) async throws {
        let server = try ToldMailServer(["QUIT": how])
        let began = ContinuousClock.now
        let result = try await transport().deliver(mail(to: server.url()))
        #expect(result == .answered(status: 250, retryAfter: nil, excerpt: "250 queued"))
        // Far less than the timeout of 15 seconds.
        #expect(ContinuousClock.now - began < .seconds(10))
        #expect(try server.heard().last == "QUIT")
    }

    @Test func `a server may greet later than a connection may take`() async throws {
        let server = try ToldMailServer(["greeting": "late"])
        let transport = try transport(timeouts: .init(connect: .milliseconds(200), total: .seconds(30)))
        let result = await transport.deliver(mail(to: server.url()))
        #expect(result == .answered(status: 250, retryAfter: nil, excerpt: "250 queued"))
    }

    @Test func `mail servers that hang hold up neither other mail nor webhooks`() async throws {
        let hanging = try ToldMailServer(["end": "hang"])
        let good = try ToldMailServer([:])
        let receiver = try Receiver.accepting()
        let transport = try transport(timeouts: .init(total: .seconds(30)))
        let (results, ended) = AsyncStream<OutboundResult>.makeStream()
        for _ in 0..<8 { transport.send(mail(to: hanging.url())) { ended.yield($0) } }
        let sent = await transport.deliver(mail(to: good.url()))
        #expect(sent == .answered(status: 250, retryAfter: nil, excerpt: "250 queued"))
        let posted = await transport.deliver(message(to: receiver.url()))
        #expect(posted == .answered(status: 200, retryAfter: nil, excerpt: ""))
        // Those that hang are still in progress: stopping ends them within two seconds.
        transport.shutdown(within: .zero)
        ended.finish()
        var stopped: [OutboundResult] = []
        for await result in results { stopped.append(result) }
        #expect(stopped == Array(repeating: .stopped, count: 8))
        #expect(await transport.deliver(mail(to: good.url())) == .stopped)
    }

    @Test func `more than 64 mails at once wait for a thread and all are sent`() async throws {
        let server = try ToldMailServer([:])
        let transport = try transport(
            timeouts: .init(connect: .seconds(30), total: .seconds(60), quiet: .seconds(60)))
        let results = await withTaskGroup(of: OutboundResult.self) { group in
            for _ in 0..<80 { group.addTask { await transport.deliver(mail(to: server.url())) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(
            results
                == Array(repeating: .answered(status: 250, retryAfter: nil, excerpt: "250 queued"), count: 80)
        )
    }

    @Test func `a login that the server does not offer is a failure`() async throws {
        let server = try ToldMailServer(["EHLO": "250-a\r\n250 AUTH RUNES\r\n"])
        let result = try await transport().deliver(mail(to: server.url(), login: ["a", "b"]))
        #expect(result == Self.noLogin)
        // Nor does a server get the mail that would take it from anyone.
        for replies in [[:], ["EHLO": "502 no\r\n"]] {
            let open = try ToldMailServer(replies)
            #expect(try await transport().deliver(mail(to: open.url(), login: ["a", "b"])) == Self.noLogin)
            #expect(try !open.heard().contains { $0.hasPrefix("AUTH") || $0.hasPrefix("RCPT") })
        }
        let open = try MailServer(tls: "none")
        #expect(try await transport().deliver(mail(to: open.url(), login: ["a", "b"])) == Self.noLogin)
        #expect(open.hasReceivedNothing)
    }

    private static let noLogin = OutboundResult.failed(
        "the server offers no login for the user name and password. Remove both, or use a server with AUTH")

    @Test(arguments: ["999 what", "600 what", "299 what", "199 what", "099 what"])
    func `an unexpected reply to the message is a failure with its words`(reply: String)
        async throws
    {
        let server = try ToldMailServer(["end": "\(reply)\r\n"])
        let result = try await transport().deliver(mail(to: server.url()))
        #expect(result == .failed("the server sent an unexpected reply: \(reply)"))
    }

    @Test(arguments: ["greeting", "EHLO", "end"])
    func `a server that is silent for longer than a message may take is named with that time`(step: String)
        async throws
    {
        let server = try ToldMailServer([step: "hang"])
        var message = mail(to: server.url())
        message.deadline = .now + .milliseconds(300)
        let result = try await transport().deliver(message)
        #expect(
            result.failure.wholeMatch(
                of: #/the target did not answer within \d{1,3}ms; it may be slow, down or behind a firewall/#)
                != nil,
            "\(result)")
    }

    @Test func `a mail that finds 64 sent and 1,024 waiting fails, and is not sent`() async throws {
        let server = try ToldMailServer(["greeting": "hang"])
        let transport = try transport(timeouts: .init(total: .seconds(60)))
        let (results, ended) = AsyncStream<OutboundResult>.makeStream()
        for _ in 0..<TransferLoop.transfersMax { transport.send(mail(to: server.url())) { ended.yield($0) } }
        // Each has left the line once its server knows it.
        try #require(server.waitsForConversations(TransferLoop.transfersMax))
        for _ in 0..<TransferLoop.waitingMax { transport.send(mail(to: server.url())) { ended.yield($0) } }
        let refused = await transport.deliver(mail(to: server.url()))
        #expect(refused == .failed("the queue of 1024 mails is full"))
        transport.shutdown(within: .zero)
        ended.finish()
        var count = 0
        for await result in results {
            #expect(result == .stopped)
            count += 1
        }
        #expect(count == TransferLoop.transfersMax + TransferLoop.waitingMax)
        #expect(server.connections == TransferLoop.transfersMax)
    }

    @Test func `a login that is refused for now is tried again`() async throws {
        for (reply, expected) in [
            ("454 later\r\n", OutboundResult.answered(status: 454, retryAfter: nil, excerpt: "454 later")),
            ("535 no\r\n", .refused(status: 535, excerpt: "535 no")),
        ] {
            let server = try ToldMailServer(["EHLO": "250-a\r\n250 AUTH PLAIN\r\n", "AUTH": reply])
            let result = try await transport().deliver(mail(to: server.url(), login: ["a", "b"]))
            #expect(result == expected)
        }
    }

    @Test func `a mail with an address that is none is not sent`() async throws {
        let server = try ToldMailServer([:])
        let transport = try transport()
        for address in ["a", "a@b@c", "a@corp.example>\r\nDATA", "a\u{0}@corp.example", ""] {
            let result = await transport.deliver(mail(to: server.url(), recipients: [address]))
            #expect(result.failure.hasPrefix("the address "), "\(result)")
        }
        #expect(
            await transport.deliver(mail(to: server.url(), recipients: [])).failure.contains("recipients"))
        #expect(server.connections == 0)
    }
}
