import Dispatch
import HTTP
import HTTPServer
import TestSupport
import Testing

/// A server over real sockets on the loopback.
@Suite(.serialized)
struct ServerTests {
    @Test func `a connection is kept and serves one request after the other`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        for number in 1...3 {
            client.get("/\(number)")
            let answer = try #require(client.answer())
            #expect(answer.status == 200)
            #expect(answer.text == "GET /\(number) ")
            #expect(answer.head.contains("X-From: 127.0.0.1\r\n"))
            #expect(answer.head.contains("\r\nServer: drumbeat\r\n"))
            #expect(answer.head.contains("\r\nX-Content-Type-Options: nosniff\r\n"))
            #expect(!answer.closes)
        }
    }

    @Test func `a request says when its last byte came, by the server's own clock`() throws {
        let service = try Service()
        let slow = try #require(service.connect())
        slow.send("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nh")
        let other = try #require(service.connect())
        other.get("/other")
        #expect(other.answer() != nil)
        // By now the loop has read all of it but the last byte.
        let before = Server.monotonicNanoseconds()
        slow.send("i")
        #expect(slow.answer() != nil)
        let received = try #require(service.responder.receivedNanoseconds.last)
        #expect(received >= before)
        #expect(received <= Server.monotonicNanoseconds())
    }

    @Test func `the client's request id comes back, or a new one does`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.get("/", "X-Request-Id: abc-1.2_Z\r\n")
        #expect(try #require(client.answer()).head.contains("\r\nX-Request-Id: abc-1.2_Z\r\n"))
        client.get("/", "X-Request-Id: <script>\r\n")
        let answer = try #require(client.answer())
        #expect(!answer.head.contains("script"))
        #expect(answer.head.contains("\r\nX-Request-Id: "))
    }

    @Test func `pipelined requests are answered in order`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        let count = 100
        client.send((1...count).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
        for number in 1...count { #expect(client.answer()?.text == "GET /\(number) ") }
    }

    @Test func `requests behind a parked one wait for it and then go on`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.send("POST /park HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi")
        client.get("/after")
        client.get("/last")
        let reply = try #require(service.responder.nextParked())
        #expect(service.responder.served == ["/park"])
        reply(Response(.created, body: Array("parked".utf8)))
        #expect(client.answer()?.text == "parked")
        #expect(client.answer()?.text == "GET /after ")
        #expect(client.answer()?.text == "GET /last ")
    }

    @Test func `a request sent while another is parked is answered after it`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.get("/park")
        let reply = try #require(service.responder.nextParked())
        client.get("/after")
        reply(Response(.ok, body: Array("parked".utf8)))
        #expect(client.answer()?.text == "parked")
        #expect(client.answer()?.text == "GET /after ")
    }

    @Test func `a request may arrive byte by byte`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        let text =
            "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /y HTTP/1.1\r\nHost: a\r\n\r\n"
        for byte in text.utf8 { client.send([byte]) }
        #expect(client.answer()?.text == "POST /x hello")
        #expect(client.answer()?.text == "GET /y ")
    }

    @Test func `a chunked body arrives decoded`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.send("POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send("5\r\nhello\r\n6;a=b\r\n world\r\n")
        client.send("0\r\nX-Trailer: y\r\n\r\n")
        #expect(client.answer()?.text == "POST /x hello world")
    }

    @Test func `a large body arrives whole`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        let body = [UInt8](repeating: 0x61, count: 1_000_000)
        client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
        client.send(body)
        #expect(client.answer()?.body.count == body.count + "POST /x ".utf8.count)
    }

    @Test func `a client that waits for 100 gets it before it sends`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        #expect(client.answer()?.status == 100)
        client.send("hello")
        #expect(client.answer()?.text == "POST /x hello")
        client.send("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")
        #expect(client.answer()?.status == 200, "the body was there already")
    }

    @Test func `a client that waits for 100 and is refused gets the refusal`() throws {
        let service = try Service()
        for (path, length, status) in [("/secret", 5, 401), ("/small", 11, 413), ("/nowhere", 5, 404)] {
            let client = try #require(service.connect())
            client.send(
                "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: \(length)\r\nExpect: 100-continue\r\n\r\n"
            )
            let answer = try #require(client.answer())
            #expect(answer.status == status)
            #expect(answer.closes)
            #expect(client.isClosed())
        }
        #expect(service.responder.served.isEmpty)
    }

    @Test func `HEAD is answered like GET without the body`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.send("HEAD /big/4000 HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(try #require(client.answer(toHead: true)).head.contains("\r\nContent-Length: 4000\r\n"))
        client.get("/next")
        #expect(client.answer()?.text == "GET /next ")
    }

    @Test(arguments: [
        ("HEAD /a HTTP/1.1\r\n\r\n", 400), ("HEAD /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("HEAD /a HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", 400),
        ("HEAD /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("HEAD /a HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", 417), ("HEAD /a HTTP/2.0\r\n\r\n", 505),
        ("HEAD /\(String(repeating: "a", count: 9_000)) HTTP/1.1\r\n\r\n", 414),
    ])
    func `a HEAD that the parser refuses has no body either, in one piece or in many`(
        request: String, status: Int
    ) throws {
        let service = try Service()
        for pieces in [1, 3] {
            let client = try #require(service.connect())
            if pieces > 1 {
                client.send("HE")
                client.send(String(request.dropFirst(2).prefix(10)))
                client.send(String(request.dropFirst(12)))
            } else {
                client.send(request)
            }
            let answer = try #require(client.answer(toHead: true))
            #expect(answer.status == status, "\(answer.head)")
            #expect(client.isClosed(), "a body follows")
        }
        let get = try #require(service.connect())
        get.send("GET" + request.dropFirst(4))
        #expect(get.answer()?.text.isEmpty == false)
    }

    @Test func `OPTIONS of the whole service needs no route`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try #require(client.answer())
        #expect(answer.status == 204)
        #expect(!answer.head.contains("Content-Length"))
        #expect(service.responder.served.isEmpty)
    }

    @Test func `a client that finishes sending still gets its answer`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.get("/park")
        client.finish()
        let reply = try #require(service.responder.nextParked())
        reply(Response(.ok, body: Array("late".utf8)))
        #expect(client.answer()?.text == "late")
        #expect(client.isClosed())
    }

    @Test func `a request cut short never reaches a handler`() throws {
        let service = try Service()
        for text in ["GET /x HTTP/1.1\r\n", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell"] {
            let client = try #require(service.connect())
            client.send(text)
            client.finish()
            #expect(client.isClosed())
        }
        #expect(service.responder.served.isEmpty)
    }

    @Test func `after a fault the connection closes and nothing behind it is served`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.get("/1")
        client.send("GET /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        client.get("/3")
        #expect(client.answer()?.status == 200)
        let answer = try #require(client.answer())
        #expect(answer.status == 400)
        #expect(answer.text == "malformed-request")
        #expect(answer.closes)
        #expect(client.isClosed())
        #expect(service.responder.served == ["/1"])
    }

    @Test func `after Connection close nothing more is served`() throws {
        let service = try Service()
        for (path, fields) in [("/1", "Connection: close\r\n"), ("/close", "")] {
            let client = try #require(service.connect())
            client.get(path, fields)
            client.get("/behind")
            #expect(try #require(client.answer()).closes)
            #expect(client.isClosed())
        }
        #expect(service.responder.served == ["/1", "/close"])
    }

    @Test func `HTTP/1.0 closes unless it asks to be kept`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.send("GET /1 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
        #expect(try #require(client.answer()).head.contains("\r\nConnection: keep-alive\r\n"))
        client.send("GET /2 HTTP/1.0\r\n\r\n")
        #expect(try #require(client.answer()).closes)
        #expect(client.isClosed())
    }

    @Test func `a refusal without a body announced keeps the connection, but not a 401`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.get("/nowhere")
        #expect(client.answer()?.text == "nothing")
        client.get("/secret")
        #expect(try #require(client.answer()).closes)
        #expect(client.isClosed())
    }

    @Test func `a refused upload can still read why`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.send("POST /secret HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n")
        client.send([UInt8](repeating: 0x61, count: 30_000))
        #expect(client.answer()?.status == 401)
    }

    @Test func `a body over its route's limit is refused when it is announced and when it is crossed`() throws
    {
        let service = try Service()
        let announced = try #require(service.connect())
        announced.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n")
        #expect(announced.answer()?.status == 413)
        let crossed = try #require(service.connect())
        crossed.send(
            "POST /small HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n3\r\n")
        #expect(crossed.answer()?.status == 413)
        #expect(service.responder.served.isEmpty)
    }

    @Test func `a second reply is ignored`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.get("/twice")
        client.get("/next")
        #expect(client.answer()?.text == "first")
        #expect(client.answer()?.text == "GET /next ")
        client.get("/park")
        let reply = try #require(service.responder.nextParked())
        reply(Response(.ok, body: Array("one".utf8)))
        reply(Response(.ok, body: Array("two".utf8)))
        #expect(client.answer()?.text == "one")
        client.get("/park")
        let next = try #require(service.responder.nextParked())
        reply(Response(.ok, body: Array("three".utf8)))
        next(Response(.ok, body: Array("four".utf8)))
        #expect(client.answer()?.text == "four")
    }

    @Test func `a reply to a client that is gone harms no one`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.get("/park")
        let reply = try #require(service.responder.nextParked())
        client.reset()
        let other = try #require(service.connect())
        other.get("/1")
        #expect(other.answer()?.status == 200)
        reply(Response(.ok, body: Array("late".utf8)))
        other.get("/2")
        #expect(other.answer()?.text == "GET /2 ")
    }

    @Test func `an answer with a line break in a field becomes a 500`() throws {
        let service = try Service()
        let client = try #require(service.connect())
        client.get("/split")
        let answer = try #require(client.answer())
        #expect(answer.status == 500)
        #expect(!answer.head.contains("Set-Cookie"))
        #expect(client.isClosed())
        #expect(service.responder.events == ["http.response_refused"])
    }

    @Test func `a long answer to a slow reader arrives whole, and pipelined ones behind it`() throws {
        let service = try Service()
        let client = try #require(service.connect(receiveBufferBytes: 4_096))
        for _ in 0..<3 { client.get("/big/3000000") }
        client.get("/last")
        let expected = TestResponder.pattern(3_000_000)
        for _ in 0..<3 { #expect(client.answer()?.body == expected) }
        #expect(client.answer()?.text == "GET /last ")
    }

    @Test func `replies from other threads reach their connections`() throws {
        let service = try Service()
        let clients = (0..<20).compactMap { _ in service.connect() }
        #expect(clients.count == 20)
        for client in clients { client.get("/park") }
        let replies = clients.compactMap { _ in service.responder.nextParked() }
        #expect(replies.count == 20)
        DispatchQueue.concurrentPerform(iterations: replies.count) { index in
            replies[index](Response(.ok, body: Array("parked".utf8)))
        }
        for client in clients { #expect(client.answer()?.text == "parked") }
    }

    @Test func `a request may answer those parked on the same loop, and what is behind them goes on`() throws
    {
        let service = try Service()
        let sleepers = (0..<3).compactMap { _ in service.connect() }
        for sleeper in sleepers {
            sleeper.get("/park")
            sleeper.get("/behind")
            #expect(service.responder.waitsForParked())
        }
        let waker = try #require(service.connect())
        waker.get("/wake")
        #expect(waker.answer()?.text == "waker")
        for sleeper in sleepers {
            #expect(sleeper.answer()?.text == "woken")
            #expect(sleeper.answer()?.text == "GET /behind ")
        }
    }

    @Test func `two loops share the connections`() throws {
        let service = try Service { $0.loops = 2 }
        let clients = (0..<6).compactMap { _ in service.connect() }
        for client in clients { client.get("/x") }
        for client in clients { #expect(client.answer()?.text == "GET /x ") }
    }
}
