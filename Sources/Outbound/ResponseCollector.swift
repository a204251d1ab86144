import Glibc

/// What has come back of a webhook's answer, and where to stop reading it.
///
/// A webhook is a stranger: whatever it sends, at most 16 KiB of headers and 16 KiB of body are looked at
/// and 1 KiB is kept.
struct ResponseCollector {
    /// The most bytes of headers: of all interim answers, the final one and its trailers together.
    static let headerBytesMax = 16 * 1_024
    /// The most bytes of body.
    static let bodyBytesMax = 16 * 1_024
    /// How much of the body is kept.
    static let keptBytesMax = 1_024

    /// Whether the headers went on beyond their limit.
    private(set) var isHeadTooLong = false
    /// Whether the final answer's headers have come to their end, and so the webhook has decided.
    private(set) var isHeadComplete = false
    /// The beginning of the body.
    private(set) var kept: [UInt8] = []
    /// The value of the final answer's last `Retry-After`.
    private(set) var retryAfter: [UInt8]?
    private var headerBytes = 0
    private var bodyBytes = 0
    private var status = 0

    /// Takes in one header line with its end, a status line or the empty line; `false` to stop.
    mutating func take(line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= ResponseCollector.headerBytesMax else {
            isHeadTooLong = true
            return false
        }
        // Lines behind the complete head are trailers: they are counted and no more.
        guard !isHeadComplete else { return true }
        if line.starts(with: "HTTP/".utf8) {
            status = ResponseCollector.status(line)
            retryAfter = nil
        } else if line.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) {
            isHeadComplete = status >= 200
        } else if let value = ResponseCollector.value(of: "retry-after", in: line) {
            retryAfter = value
        }
        return true
    }

    /// Takes in a piece of the body; `false` to stop.
    mutating func take(body: UnsafeRawBufferPointer) -> Bool {
        bodyBytes += body.count
        kept += body.prefix(ResponseCollector.keptBytesMax - kept.count)
        return bodyBytes <= ResponseCollector.bodyBytesMax
    }

    /// The three digits behind the first blank.
    private static func status(_ line: UnsafeRawBufferPointer) -> Int {
        let digits = line.drop { $0 != 0x20 }.dropFirst().prefix { (0x30...0x39).contains($0) }
        return digits.count == 3 ? digits.reduce(0) { $0 * 10 + Int($1 - 0x30) } : 0
    }

    private static func value(of name: StaticString, in line: UnsafeRawBufferPointer) -> [UInt8]? {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon == name.utf8CodeUnitCount else {
            return nil
        }
        let same = name.withUTF8Buffer { expected in
            zip(line, expected).allSatisfy { ((0x41...0x5A).contains($0) ? $0 | 0x20 : $0) == $1 }
        }
        return same ? Array(line.dropFirst(colon + 1)) : nil
    }
}
