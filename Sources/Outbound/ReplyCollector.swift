/// Collects a mail server's replies up to fixed limits. The server is untrusted, as a webhook is.
struct ReplyCollector {
    struct Reply: Equatable {
        var code: Int
        /// Its lines without line ends, at most `keptBytesMax` bytes.
        var text: [UInt8]
    }

    /// Upper bound of all replies together.
    static let bytesMax = 16 * 1_024
    /// Upper bound of the kept part of a reply.
    static let keptBytesMax = 1_024

    /// Whether the replies exceeded their limit.
    private(set) var isTooLong = false
    /// The last complete reply.
    private(set) var last: Reply?
    /// The last complete reply from 400 to 499: a repetition may help, whatever other recipients were answered.
    private(set) var temporary: Reply?
    /// Number of complete replies.
    private(set) var count = 0
    private var bytes = 0
    private var lines: [UInt8] = []

    /// Takes a line with its line end; `false` to stop.
    mutating func take(line: UnsafeRawBufferPointer) -> Bool {
        bytes += line.count
        guard bytes <= ReplyCollector.bytesMax else {
            isTooLong = true
            return false
        }
        let content = line.reversed().drop { $0 == 0x0D || $0 == 0x0A }.reversed()
        let separator = lines.isEmpty ? [] : [UInt8(ascii: " ")]
        lines += (separator + content).prefix(ReplyCollector.keptBytesMax - lines.count)
        let digits = content.prefix(3)
        // `250-…` goes on, `250 …` and `250` end a reply (RFC 5321 §4.2.1).
        guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }),
            content.dropFirst(3).first ?? 0x20 == 0x20
        else { return true }
        let reply = Reply(code: digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }, text: lines)
        last = reply
        count += 1
        if (400...499).contains(reply.code) { temporary = reply }
        lines = []
        return true
    }
}
