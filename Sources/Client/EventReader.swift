import Time

/// Reads server-sent events from pieces of a stream.
///
/// Source: WHATWG HTML, "Server-sent events", section "Interpreting an event stream". CR, LF and CRLF end a line.
struct EventReader {
    struct Event: Equatable {
        /// `message` if the stream gives no name.
        var name = "message"
        /// The lines of data, joined by LF.
        var data: [UInt8]
    }

    /// An event over the limit.
    struct TooLong: Error, Equatable {}

    /// More than the longest entry: 65,536 characters of text, each escaped in JSON, and its data.
    static let eventBytesMax = 1 << 20

    /// The id of the last complete event, to resume after it.
    private(set) var lastID: String?
    /// The delay before a reconnection that the server asks for.
    private(set) var retry: Duration?

    private var line: [UInt8] = []
    private var endedByReturn = false
    private var isFirstLine = true
    private var name = ""
    private var id: String?
    private var data: [UInt8]?

    init(lastID: String?) {
        self.lastID = lastID
        id = lastID
    }

    /// Calls `take` for each event that the bytes complete.
    mutating func read(_ bytes: [UInt8], _ take: (Event) -> Void) throws(TooLong) {
        for byte in bytes {
            let endsCRLF = endedByReturn && byte == 0x0A
            endedByReturn = byte == 0x0D
            if endsCRLF { continue }
            if byte == 0x0A || byte == 0x0D {
                endLine(take)
                continue
            }
            line.append(byte)
            if line.count + (data?.count ?? 0) > Self.eventBytesMax { throw TooLong() }
        }
    }

    private mutating func endLine(_ take: (Event) -> Void) {
        var line = line[...]
        self.line.removeAll(keepingCapacity: true)
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
        isFirstLine = false
        guard !line.isEmpty else { return endEvent(take) }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == 0x20 { value = value.dropFirst() }
        // A line that begins with a colon is a comment.
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": name = String(decoding: value, as: UTF8.self)
        case "data":
            if data == nil {
                data = Array(value)
            } else {
                data?.append(0x0A); data?.append(contentsOf: value)
            }
        case "id" where value.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }):
            id = String(decoding: value, as: UTF8.self)
        case "retry":
            if let milliseconds = Int64(String(decoding: value, as: UTF8.self)),
                (0...60_000).contains(milliseconds)
            {
                retry = .milliseconds(milliseconds)
            }
        default: break
        }
    }

    private mutating func endEvent(_ take: (Event) -> Void) {
        lastID = id
        if let data { take(Event(name: name.isEmpty ? "message" : name, data: data)) }
        (name, data) = ("", nil)
    }
}
