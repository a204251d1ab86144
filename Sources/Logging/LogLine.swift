import Encoding
import Time

/// One event as it will stand in the log.
struct LogLine {
    /// Bytes of an escaped value that are kept.
    static let valueBytesMax = 2_048
    /// More fields than any event of ours has; with the limit on values it bounds a line.
    static let fieldsMax = 32

    /// Fields that are numbers in JSON, so that a filter can compare them; any other value stays a string, whatever it looks like.
    private static let numericNames: Set = [
        "attempt", "connections", "count", "deliveries", "duration_ms", "milliseconds", "requests", "status",
    ]

    let time: Timestamp
    let level: Logger.Level
    let event: String
    let fields: [(String, String)]

    /// The line with its line end.
    func encoded(_ format: Logger.Format) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        switch format {
        case .text: putText(into: &bytes)
        case .json: putJSON(into: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private func putText(into bytes: inout [UInt8]) {
        time.appendRFC3339(to: &bytes)
        bytes.append(UInt8(ascii: " "))
        bytes.append(contentsOf: level.rawValue.utf8)
        bytes.append(UInt8(ascii: " "))
        bytes.appendWord(event)
        for (name, value) in fields.prefix(Self.fieldsMax) {
            bytes.append(UInt8(ascii: " "))
            bytes.appendWord(name)
            bytes.append(UInt8(ascii: "="))
            bytes.appendWord(value)
        }
    }

    private func putJSON(into bytes: inout [UInt8]) {
        bytes.append(contentsOf: "{\"time\":\"".utf8)
        time.appendRFC3339(to: &bytes)
        bytes.append(contentsOf: "\",\"level\":\"".utf8)
        bytes.append(contentsOf: level.rawValue.utf8)
        bytes.append(contentsOf: "\",\"event\":".utf8)
        bytes.appendQuoted(event)
        for (name, value) in fields.prefix(Self.fieldsMax) {
            bytes.append(UInt8(ascii: ","))
            bytes.appendQuoted(name)
            bytes.append(UInt8(ascii: ":"))
            if Self.numericNames.contains(name), value.isShortNumber {
                bytes.append(contentsOf: value.utf8)
            } else {
                bytes.appendQuoted(value)
            }
        }
        bytes.append(UInt8(ascii: "}"))
    }
}

extension [UInt8] {
    /// Appends a value as it is when it is one plain word, else in quotes.
    fileprivate mutating func appendWord(_ value: String) {
        var value = value
        let isPlain = value.withUTF8 { utf8 in
            !utf8.isEmpty && utf8.count <= LogLine.valueBytesMax
                && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C }
        }
        if isPlain { append(contentsOf: value.utf8) } else { appendQuoted(value) }
    }

    /// Appends a value as a JSON string, cut to `LogLine.valueBytesMax` bytes as they are escaped.
    ///
    /// Besides what JSON asks for, everything is escaped that a terminal or a log viewer would obey: DEL, the C1 controls
    /// and the line and paragraph separators. What hides is written out too.
    fileprivate mutating func appendQuoted(_ value: String) {
        append(UInt8(ascii: "\""))
        let ellipsis = "…".utf8
        let end = count + LogLine.valueBytesMax - ellipsis.count
        for scalar in value.unicodeScalars {
            let before = count
            appendEscaped(scalar)
            if count > end {
                removeLast(count - before)
                append(contentsOf: ellipsis)
                break
            }
        }
        append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x22: append(contentsOf: "\\\"".utf8)
        case 0x5C: append(contentsOf: "\\\\".utf8)
        case 0x0A: append(contentsOf: "\\n".utf8)
        case 0x0D: append(contentsOf: "\\r".utf8)
        case 0x09: append(contentsOf: "\\t".utf8)
        case 0x00..<0x20, 0x7F...0x9F, 0x2028, 0x2029: appendDigits(of: scalar)
        case ..<0x80: append(UInt8(truncatingIfNeeded: scalar.value))
        default:
            if scalar.isHiding {
                appendDigits(of: scalar)
            } else {
                append(contentsOf: UTF8.encode(scalar) ?? .init())
            }
        }
    }

    /// As `\u202e`; for scalars of at most four digits.
    private mutating func appendDigits(of scalar: Unicode.Scalar) {
        append(contentsOf: "\\u".utf8)
        let digits = String(scalar.value, radix: 16)
        append(contentsOf: repeatElement(UInt8(ascii: "0"), count: Swift.max(0, 4 - digits.utf8.count)))
        append(contentsOf: digits.utf8)
    }
}

extension String {
    /// Whether it is a whole number as JSON writes it, of at most 15 digits.
    fileprivate var isShortNumber: Bool {
        let digits = utf8.first == UInt8(ascii: "-") ? utf8.dropFirst() : utf8[...]
        guard (1...15).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return false
        }
        return digits.count == 1 || digits.first != 0x30
    }
}
