import HTTP
import Testing

/// What a listener's parser makes of our event text: read back by the steps of WHATWG HTML, "Interpreting an event stream".
struct EventTextTests {
    private struct Event: Equatable {
        var id: String
        var name: String
        var data: String
    }

    /// The standard's own steps, over scalars: line ends are CRLF, CR or LF.
    private static func read(_ bytes: [UInt8]) -> (events: [Event], lastID: String, retry: Int?) {
        var lines: [String] = [""]
        var scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\r":
                if scalars.first == "\n" { scalars.removeFirst() }
                lines.append("")
            case "\n": lines.append("")
            default: lines[lines.count - 1].unicodeScalars.append(scalar)
            }
        }
        var (events, id, name, data, retry) = ([Event](), "", "", [String](), Int?.none)
        for line in lines {
            if line.isEmpty {
                if !data.isEmpty {
                    events.append(Event(id: id, name: name, data: data.joined(separator: "\n")))
                }
                (name, data) = ("", [])
                continue
            }
            // By scalars: a combining mark behind a space makes one character of both.
            let colon = line.unicodeScalars.firstIndex(of: ":") ?? line.endIndex
            var rest = line.unicodeScalars[colon...].dropFirst()
            if rest.first == " " { rest.removeFirst() }
            let value = String(rest)
            switch String(line.unicodeScalars[..<colon]) {
            case "id": id = value
            case "event": name = value
            case "data": data.append(value)
            case "retry": retry = Int(value)
            default: break
            }
        }
        return (events, id, retry)
    }

    private static func text(_ name: String, _ id: Int?, _ data: String) -> [UInt8] {
        var out: [UInt8] = []
        EventText.append(name, id: id, data: Array(data.utf8), to: &out)
        return out
    }

    @Test(arguments: [
        ("{}", "{}"), ("", ""), ("a\nb", "a\nb"), ("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("a\n", "a\n"),
        ("\n\n", "\n\n"),
        (" a", " a"), ("id: 9", "id: 9"), ("a\r\n\r\nevent: x", "a\n\nevent: x"), ("é\u{2028}", "é\u{2028}"),
        ("a\r\n\u{301}", "a\n\u{301}"),
    ]) func `data comes out as it went in, its line ends as LF`(_ data: String, _ expected: String) {
        let read = Self.read(Self.text("timeline.entry_added", 7, data))
        #expect(read.events == [Event(id: "7", name: "timeline.entry_added", data: expected)])
    }

    @Test func `an event without an id leaves the place where it was`() {
        let read = Self.read(Self.text("a", 4, "x") + Self.text("b", nil, "y"))
        #expect(read.events.map(\.id) == ["4", "4"])
    }

    @Test func `a name brings no second line`() {
        #expect(
            String(decoding: Self.text("a\r\nid: 9", nil, "x"), as: UTF8.self) == "event: aid: 9\ndata: x\n\n"
        )
    }

    @Test func `a place and a pause dispatch nothing`() {
        var out: [UInt8] = []
        EventText.append(retryMilliseconds: 2_500, to: &out)
        EventText.appendPlace(41, to: &out)
        out += EventText.keepAlive
        let read = Self.read(out)
        #expect(read.events.isEmpty)
        #expect(read.lastID == "41")
        #expect(read.retry == 2_500)
    }
}
