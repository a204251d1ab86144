/// Server-sent events as text.
///
/// Source: WHATWG HTML, "Server-sent events", section "Interpreting an event stream". Every line ends with LF; an empty line ends an
/// event.
public enum EventText {
    /// Keep-alive: a comment, which clients ignore. Proxies cut connections that are idle for a minute.
    public static let keepAlive = Array(":\n\n".utf8)

    /// Appends one event: its name, its data, and the id that the client returns as `Last-Event-ID` when it reconnects.
    ///
    /// CR, LF and CRLF all end a line, so data containing them is split into several `data` lines, which the client joins by LF. Control
    /// bytes in the name are dropped. Without an id the client keeps the previous one.
    public static func append(_ name: String, id: Int?, data: [UInt8], to out: inout [UInt8]) {
        if let id { append(id: id, to: &out) }
        out.append(contentsOf: "event: ".utf8)
        out.append(contentsOf: name.utf8.lazy.filter { $0 >= 0x20 && $0 != 0x7F })
        out.append(newline)
        for line in lines(of: data) {
            out.append(contentsOf: "data: ".utf8)
            out.append(contentsOf: line)
            out.append(newline)
        }
        out.append(newline)
    }

    /// Appends an id that the client remembers without dispatching an event.
    public static func appendPlace(_ id: Int, to out: inout [UInt8]) {
        append(id: id, to: &out)
        out.append(newline)
    }

    /// Appends the reconnection delay, in milliseconds.
    public static func append(retryMilliseconds: Int, to out: inout [UInt8]) {
        out.append(contentsOf: "retry: \(retryMilliseconds)\n\n".utf8)
    }

    private static let newline = UInt8(ascii: "\n")

    private static func append(id: Int, to out: inout [UInt8]) {
        out.append(contentsOf: "id: \(id)\n".utf8)
    }

    /// Splits text into lines; CRLF ends one line, not two. Text without a line end is one line.
    private static func lines(of data: [UInt8]) -> [ArraySlice<UInt8>] {
        let carriageReturn = UInt8(ascii: "\r")
        guard data.contains(where: { $0 == newline || $0 == carriageReturn }) else { return [data[...]] }
        var lines: [ArraySlice<UInt8>] = []
        var start = data.startIndex
        var index = start
        while index < data.endIndex {
            let byte = data[index]
            index += 1
            guard byte == newline || byte == carriageReturn else { continue }
            lines.append(data[start..<index - 1])
            if byte == carriageReturn, index < data.endIndex, data[index] == newline { index += 1 }
            start = index
        }
        lines.append(data[start...])
        return lines
    }
}
