import Testing

@testable import HTTPServer

@Suite struct TurnTests {
    private func post(_ path: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
    }

    @Test func `a read is served before many writes that came earlier, and these follow in their order`()
        throws
    {
        let service = try Service()
        let writers = try (0..<40).map { _ in try #require(service.connect()) }
        for writer in writers {
            writer.send(post("/before"))
            #expect(writer.answer()?.status == 200)
        }
        let reader = try #require(service.connect())
        reader.get("/before")
        #expect(reader.answer()?.status == 200)
        let holder = try #require(service.connect())
        holder.get("/hold")
        #expect(service.responder.waitsForParked())

        for (number, writer) in writers.enumerated() { writer.send(post("/write/\(number)")) }
        reader.get("/read")
        service.responder.release()

        #expect(reader.answer()?.text == "GET /read ")
        for writer in writers { #expect(writer.answer()?.status == 200) }
        let served = service.responder.served
        let place = try #require(served.firstIndex(of: "/read")) - served.count { $0 == "/before" } - 1
        #expect(place < 16, "\(place) writes came first")
        #expect(served.filter { $0.hasPrefix("/write") } == (0..<40).map { "/write/\($0)" })
    }

    @Test func `a writer that finishes sending while it waits for its turn is still answered`() throws {
        let service = try Service()
        let writer = try #require(service.connect())
        writer.send(post("/before"))
        #expect(writer.answer()?.status == 200)
        let holder = try #require(service.connect())
        holder.get("/hold")
        #expect(service.responder.waitsForParked())
        writer.send(post("/write"))
        writer.finish()
        service.responder.release()
        #expect(writer.answer()?.text == "POST /write hi")
        #expect(writer.isClosed())
    }
}
