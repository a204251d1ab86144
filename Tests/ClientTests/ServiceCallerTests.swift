import Encoding
import JSON
import Synchronization
import TestSupport
import Testing
import Time

@testable import Client

@Suite(.serialized, .timeLimit(.minutes(1)))
struct ServiceCallerTests {
    private let time = ManualTime()

    /// What the user was told, and how long the caller waited.
    private final class Course {
        var said: [String] = []
        var waits: [Duration] = []
    }

    private func caller(
        _ receiver: Receiver, patience: Duration = .seconds(30), scheme: String = "http", _ course: Course
    ) throws -> ServiceCaller {
        let settings = try ClientSettings(environment: [
            "DRUMBEAT_URL": "\(scheme)://127.0.0.1:\(receiver.port)/base/", "DRUMBEAT_TOKEN": "dbt_secret",
        ])
        return try ServiceCaller(
            settings, time: time, random: SystemRandom(), patience: patience,
            wait: { [time] pause in
                course.waits.append(pause)
                time.advance(by: pause)
            }, say: { course.said.append($0) })
    }

    /// Answers each request with the next text, the last one for all that follow.
    private func receiver(_ texts: String...) throws -> Receiver {
        let rest = Mutex(texts)
        return try Receiver { connection in
            _ = connection.write(rest.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] })
        }
    }

    private static func answer(_ status: Int, _ body: String = "{}", _ fields: String = "") -> String {
        foreign(status, body, "X-Request-Id: a\r\n" + fields)
    }

    /// The answer of a server that is not Drumbeat.
    private static func foreign(_ status: Int, _ body: String, _ fields: String = "") -> String {
        "HTTP/1.1 \(status) So\r\n\(fields)Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
    }

    private func fault(_ act: () throws -> Void) -> ClientFault? {
        do {
            try act()
            return nil
        } catch {
            return error as? ClientFault
        }
    }

    @Test func `a write is tried again with the same key and body, after the pause that is asked for`() throws
    {
        let receiver = try receiver(
            Self.answer(503, "{}", "Retry-After: 7\r\n"), Self.answer(502), Self.answer(201, #"{"seq":3}"#))
        let course = Course()
        let reply = try caller(receiver, course).write(
            "POST", "/v1/x", JSONObject(("text", "a".asJSON), ("b", nil)))
        #expect(reply.status == 201 && reply.json.value("seq")?.asInteger == 3)
        #expect(course.waits.count == 2 && course.waits.first == .seconds(7))
        #expect(course.said == ["The service answered 503. Retrying in 7.0 s."] + course.said.suffix(1))
        let requests = receiver.requests
        #expect(requests.map { $0.head.first } == Array(repeating: "POST /base/v1/x HTTP/1.1", count: 3))
        #expect(Set(requests.map { $0.header("idempotency-key") }).count == 1)
        #expect(requests.first?.header("idempotency-key")?.count == 22)
        for request in requests {
            #expect(request.body == Array(#"{"text":"a"}"#.utf8))
            #expect(request.header("authorization") == "Bearer dbt_secret")
            #expect(request.header("content-type") == "application/json")
            #expect(request.header("expect") == nil)
        }
    }

    @Test func `a read has no key, and a DELETE no body`() throws {
        let receiver = try receiver(Self.answer(200, #"{"items":[]}"#))
        let course = Course()
        _ = try caller(receiver, course).get("/v1/incidents")
        _ = try caller(receiver, course).write("DELETE", "/v1/x", nil)
        #expect(receiver.requests.first?.header("idempotency-key") == nil)
        #expect(receiver.requests.last?.head.first == "DELETE /base/v1/x HTTP/1.1")
        #expect(receiver.requests.last?.header("content-type") == nil)
    }

    @Test func `after thirty seconds the last refusal stands`() throws {
        let receiver = try receiver(Self.answer(503, #"{"type":"/problems/overloaded","detail":"Busy."}"#))
        let course = Course()
        let fault = self.fault { try _ = caller(receiver, course).get("/v1/x") }
        #expect(
            fault?.problem?.slug == "overloaded"
                && "\(fault?.description ?? "")".hasPrefix("Busy. (overloaded)"))
        #expect(course.waits.reduce(.zero, +) <= .seconds(30))
        #expect(receiver.connections == course.waits.count + 1)
        #expect((8...14).contains(receiver.connections))
    }

    @Test func `a longer pause than the time that is left is not begun`() throws {
        let course = Course()
        let receiver = try receiver(Self.answer(429, "{}", "Retry-After: 31\r\n"))
        #expect(fault { try _ = caller(receiver, course).get("/v1/x") }?.problem?.status == 429)
        #expect(course.waits.isEmpty && receiver.connections == 1)
    }

    @Test(arguments: [301, 307, 400, 404, 409, 422])
    func `a refusal is final, and a redirect is not followed`(status: Int) throws {
        let course = Course()
        let receiver = try receiver(Self.answer(status, "{}", "Location: http://127.0.0.1:1/\r\n"))
        let fault = self.fault { try _ = caller(receiver, course).get("/v1/x") }
        #expect(fault?.problem?.status == status && receiver.connections == 1)
        if status < 400 { #expect(fault?.description.contains("Check DRUMBEAT_URL") == true) }
    }

    @Test(arguments: ["<html>", "{", "\u{1F}\u{8B}\u{8}"])
    func `a success that is no JSON is another service's, and no success`(body: String) throws {
        let course = Course()
        let receiver = try receiver(Self.answer(200, body))
        let fault = self.fault { _ = try caller(receiver, course).write("POST", "/v1/x", nil) }
        #expect(fault?.description.contains("is not JSON") == true && receiver.connections == 1)
        #expect(fault?.description.contains("Check DRUMBEAT_URL") == true)
    }

    @Test(arguments: ["", "null", "[]", "true", #"{"status":"ok"}"#, "{}"])
    func `a success that names nothing of Drumbeat is no success of a write`(body: String) throws {
        let course = Course()
        for answer in [Self.answer(200, body), Self.foreign(200, #"{"seq":1}"#)] {
            let receiver = try receiver(answer)
            let fault = self.fault { _ = try caller(receiver, course).write("POST", "/v1/x", nil) }
            let words = fault?.description ?? ""
            #expect(words.contains("not as Drumbeat does") && receiver.connections == 1, "\(words)")
            #expect(words.contains("Check DRUMBEAT_URL"))
            #expect(words.contains("It is not known whether anything was recorded."))
        }
    }

    @Test func `an empty answer is one only as a 204 of Drumbeat`() throws {
        let course = Course()
        let deleted = try receiver("HTTP/1.1 204 So\r\nX-Request-Id: a\r\nConnection: close\r\n\r\n")
        #expect(try caller(deleted, course).write("DELETE", "/v1/x", nil).status == 204)
        let other = try receiver("HTTP/1.1 204 So\r\nConnection: close\r\n\r\n")
        #expect(fault { _ = try caller(other, course).write("DELETE", "/v1/x", nil) } != nil)
    }

    @Test(arguments: ["", "null", "[]", "<html>", #"{"items":[]}"#])
    func `a read of another server is none`(body: String) throws {
        let course = Course()
        let receiver = try receiver(Self.foreign(200, body))
        let words = fault { _ = try caller(receiver, course).get("/v1/incidents") }?.description ?? ""
        #expect(words.contains("not as Drumbeat does"), "\(words)")
        #expect(words.contains("sign-in page") && !words.contains("recorded"), "\(words)")
    }

    @Test func `a page is no text of the service`() throws {
        let course = Course()
        let page = try receiver(Self.answer(200, "<html>", "Content-Type: text/html\r\n"))
        #expect(
            fault { _ = try caller(page, course).text("/v1/x") }?.description.contains("text/plain") == true)
        let text = try receiver(Self.answer(200, "So", "Content-Type: Text/Plain; charset=utf-8\r\n"))
        #expect(try caller(text, course).text("/v1/x") == "So")
    }

    @Test(arguments: ["text/html", "application/json"])
    func `following ends when another server answers`(type: String) throws {
        let course = Course()
        let receiver = try receiver(
            Self.answer(200, #"{"ref":"INC-1"}"#), Self.answer(200, #"{"items":[]}"#),
            Self.foreign(200, "{}", "Content-Type: \(type)\r\n"))
        let line = LiveLine(Screen(isTerminal: false, hasColour: false, width: 80)) { _ in true }
        let follower = Follower(
            try caller(receiver, course), reader: try caller(receiver, course), incident: "INC-1", line: line,
            isJSON: false, wait: { course.waits.append($0) }, say: { course.said.append($0) })
        let words = fault { try follower.run(last: 10) }?.description ?? ""
        #expect(words.contains("not as Drumbeat does"), "\(words)")
        #expect(course.waits.isEmpty && course.said.isEmpty && receiver.connections == 3)
    }

    @Test func `an answer that is cut short is asked for again`() throws {
        let course = Course()
        let receiver = try receiver(
            "HTTP/1.1 200 So\r\nX-Request-Id: a\r\nContent-Length: 9\r\n\r\n{", "HTTP/1.1", "",
            Self.answer(200, #"{"a":1}"#))
        let reply = try caller(receiver, course).get("/v1/x")
        #expect(reply.json.value("a")?.asInteger == 1 && course.waits.count == 3)
        #expect(course.said.first?.contains("incomplete") == true)
    }

    @Test func `a 401 says when the token of the file is for another service, and it is not sent`() throws {
        let receiver = try receiver(Self.answer(401))
        let folder = try TemporaryFolder()
        try folder.write(
            ".config/drumbeat/client.conf",
            "DRUMBEAT_URL=https://drumbeat.example\nDRUMBEAT_TOKEN=dbt_secret\n")
        let settings = try ClientSettings(environment: [
            "HOME": folder.path, "DRUMBEAT_URL": "http://127.0.0.1:\(receiver.port)",
        ])
        let caller = try ServiceCaller(
            settings, time: time, random: SystemRandom(), patience: .zero, wait: { _ in }, say: { _ in })
        let words = fault { _ = try caller.get("/v1/x") }?.description ?? ""
        #expect(words.contains("it is for https://drumbeat.example"), "\(words)")
        #expect(!words.contains("dbt_secret"))
        #expect(receiver.requests.first?.header("authorization") == nil)
    }

    @Test func `no service says where it was looked for, and never shows the token`() throws {
        let course = Course()
        let port = try Loopback.closedPort()
        let settings = try ClientSettings(environment: [
            "DRUMBEAT_URL": "http://127.0.0.1:\(port)", "DRUMBEAT_TOKEN": "dbt_secret",
        ])
        let caller = try ServiceCaller(
            settings, time: time, random: SystemRandom(), patience: .zero, wait: { course.waits.append($0) },
            say: { course.said.append($0) })
        let words = fault { _ = try caller.get("/v1/x") }?.description ?? ""
        #expect(
            words.contains("http://127.0.0.1:\(port) cannot be reached")
                && words.contains("export DRUMBEAT_URL="))
        #expect(!words.contains("dbt_secret") && course.waits.isEmpty)
    }

    @Test func `a service without TLS is no https service, and gets no token`() throws {
        let course = Course()
        let receiver = try Receiver(keeping: .never) { connection in
            _ = connection.write("HTTP/1.1 400 No\r\n\r\n")
        }
        let fault = self.fault {
            try _ = caller(receiver, patience: .zero, scheme: "https", course).get("/v1/x")
        }
        #expect(fault?.description.contains("cannot be reached") == true, "\(fault?.description ?? "")")
    }

    @Test func `a certificate of an unknown authority ends the call at once`() throws {
        let script = """
            import os, shutil, socket, ssl, subprocess, sys, tempfile, threading
            folder = tempfile.mkdtemp()
            key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "1", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
                certificate], check=True, stderr=subprocess.DEVNULL)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            shutil.rmtree(folder)
            server = socket.create_server(("127.0.0.1", 0))
            print(server.getsockname()[1], flush=True)
            while True:
                plain, _ = server.accept()
                try:
                    with context.wrap_socket(plain, server_side=True) as connection: print(connection.recv(4096), flush=True)
                except OSError: plain.close()
            """
        let server = try Child([Python.plain, "-c", script], in: "/tmp")
        let port = try #require(server.output.line { _ in true }, "\(server.errors.text)")
        let course = Course()
        let settings = try ClientSettings(environment: [
            "DRUMBEAT_URL": "https://127.0.0.1:\(port)", "DRUMBEAT_TOKEN": "dbt_secret",
        ])
        let caller = try ServiceCaller(
            settings, time: time, random: SystemRandom(), patience: .seconds(30),
            wait: { course.waits.append($0) }, say: { course.said.append($0) })
        let words = fault { _ = try caller.get("/v1/x") }?.description ?? ""
        #expect(words.contains("certificate") && words.contains("update-ca-certificates"), "\(words)")
        #expect(course.waits.isEmpty && !server.output.text.contains("dbt_secret"))
        server.end()
    }
}
