import Glibc

/// Collects a webhook's response up to fixed limits.
///
/// A webhook is untrusted: at most 16 KiB of headers and 16 KiB of body are read, and 1 KiB of the body is kept.
struct ResponseCollector {
    /// Upper bound of header bytes: of all interim responses, the final one and its trailers together.
    static let headerBytesMax = 16 * 1_024
    /// Upper bound of body bytes.
    static let bodyBytesMax = 16 * 1_024
    /// Upper bound of the kept part of the body.
    static let keptBytesMax = 1_024

    /// Whether the headers exceeded their limit.
    private(set) var isHeadTooLong = false
    /// Whether the body exceeded its limit.
    var isBodyTooLong: Bool { bodyBytes > ResponseCollector.bodyBytesMax }
    /// Whether the final response's headers are complete, and so its status is known.
    private(set) var isHeadComplete = false
    /// The beginning of the body.
    private(set) var kept: [UInt8] = []
    /// Value of the final response's last `Retry-After`.
    private(set) var retryAfter: [UInt8]?
    /// Value of the final response's last `Location`.
    private(set) var location: [UInt8]?
    private var headerBytes = 0
    private var bodyBytes = 0
    private var status = 0

    /// Takes a header line with its line end, a status line or the empty line; `false` to stop.
    mutating func take(line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= ResponseCollector.headerBytesMax else {
            isHeadTooLong = true
            return false
        }
        // Lines after the complete head are trailers: counted only.
        guard !isHeadComplete else { return true }
        if line.starts(with: "HTTP/".utf8) {
            status = ResponseCollector.status(line)
            retryAfter = nil
            location = nil
        } else if line.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) {
            isHeadComplete = status >= 200
        } else if let value = ResponseCollector.value(of: "retry-after", in: line) {
            retryAfter = value
        } else if let value = ResponseCollector.value(of: "location", in: line) {
            location = value
        }
        return true
    }

    /// Takes a piece of the body; `false` to stop.
    mutating func take(body: UnsafeRawBufferPointer) -> Bool {
        bodyBytes += body.count
        kept += body.prefix(ResponseCollector.keptBytesMax - kept.count)
        return bodyBytes <= ResponseCollector.bodyBytesMax
    }

    /// The three digits after the first blank.
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
