import TestSupport
import Testing

@testable import Client

struct EventReaderTests {
    private struct Result: Equatable {
        var events: [EventReader.Event] = []
        var lastID: String?
        var retry: Duration?
    }

    private func read(_ pieces: [[UInt8]]) throws(EventReader.TooLong) -> Result {
        var reader = EventReader(lastID: nil)
        var events: [EventReader.Event] = []
        for piece in pieces { try reader.read(piece) { events.append($0) } }
        return Result(events: events, lastID: reader.lastID, retry: reader.retry)
    }

    private func event(_ name: String, _ data: String) -> EventReader.Event {
        .init(name: name, data: Array(data.utf8))
    }

    private static let stream =
        "\u{FEFF}retry: 6983\n\n: a comment\n:\n\nid: 17\nevent: timeline.entry_added\ndata: {\"a\":\"é日\"}\n\n"
        + "id: 18.0a1b2c3d\r\ndata:x\r\ndata\r\ndata:  y\r\n\r\nevent: bye\rdata: {}\r\ridle: 1\nid: 19\n\n"

    @Test func `events are read the same, wherever the stream is split`() throws {
        let bytes = Array(Self.stream.utf8)
        let whole = try read([bytes])
        #expect(
            whole.events == [
                event("timeline.entry_added", #"{"a":"é日"}"#), event("message", "x\n\n y"),
                event("bye", "{}"),
            ])
        #expect(whole.lastID == "19" && whole.retry == .milliseconds(6_983))
        for index in 0...bytes.count {
            #expect(try read([Array(bytes[..<index]), Array(bytes[index...])]) == whole, "split at \(index)")
        }
        #expect(try read(bytes.map { [$0] }) == whole)
    }

    @Test func `an id counts once its event is complete`() throws {
        var reader = EventReader(lastID: "5")
        try reader.read(Array("id: 6\ndata: a\n".utf8)) { _ in }
        #expect(reader.lastID == "5")
        try reader.read([0x0A]) { _ in }
        #expect(reader.lastID == "6")
        try reader.read(Array("id: 7\0\ndata: a\n\n".utf8)) { _ in }
        try reader.read(Array("id: 7\u{1B}\ndata: a\n\n".utf8)) { _ in }
        #expect(reader.lastID == "6")
    }

    @Test func `a delay that is no number, or too long, is ignored`() throws {
        #expect(try read([Array("retry: soon\nretry: -1\nretry: 60001\n\n".utf8)]).retry == nil)
    }

    @Test func `an event without an end is refused at a MiB`() {
        let line = Array("data: ".utf8) + [UInt8](repeating: 0x61, count: 60_000) + [0x0A]
        #expect(throws: EventReader.TooLong.self) { try read(Array(repeating: line, count: 20)) }
        #expect(throws: EventReader.TooLong.self) {
            try read([[UInt8](repeating: 0x61, count: (1 << 20) + 1)])
        }
    }

    @Test func `any bytes are read the same, wherever they are split`() throws {
        var random = SeededGenerator(seed: 14)
        let words = [
            "data: a", "data", "id: 7", "id:", "event: b", "retry: 10", ":", "é", "\u{FEFF}", "\0", " ", "\r",
            "\n", "\r\n", "\n\n",
        ]
        for _ in 0..<500 {
            let bytes = (0..<random.below(30)).flatMap { _ in Array(words[random.below(words.count)].utf8) }
            let whole = try read([bytes])
            #expect(
                try read(bytes.map { [$0] }) == whole,
                "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
            let cut = random.below(bytes.count + 1)
            #expect(try read([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole)
        }
    }
}
