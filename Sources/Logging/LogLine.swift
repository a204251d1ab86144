import Encoding
import Time

/// One event before formatting.
struct LogLine {
    /// Upper bound of the bytes of an escaped value; longer values are cut.
    static let valueBytesMax = 2_048
    /// Upper bound of fields; together with `valueBytesMax` it bounds a line. No event has that many.
    static let fieldsMax = 32

    /// Fields written as JSON numbers, so that filters can compare them. Other values are strings, whatever they look like.
    private static let numericNames: Set = [
        "attempt", "connections", "count", "deliveries", "duration_ms", "events_behind", "gap_milliseconds",
        "milliseconds",
        "overlap_seconds", "pending", "position", "requests", "status",
    ]

    let time: Timestamp
    let level: Logger.Level
    let event: String
    let fields: [(String, String)]

    /// The formatted line, with its line end.
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
    /// Appends a value unquoted if it is a single plain word, else quoted.
    fileprivate mutating func appendWord(_ value: String) {
        var value = value
        let isPlain = value.withUTF8 { utf8 in
            !utf8.isEmpty && utf8.count <= LogLine.valueBytesMax
                && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C }
        }
        if isPlain { append(contentsOf: value.utf8) } else { appendQuoted(value) }
    }

    /// Appends a value as a JSON string, cut to `LogLine.valueBytesMax` escaped bytes.
    ///
    /// In addition to JSON's escapes, escapes everything that a terminal or log viewer would interpret (DEL, C1 controls, line and
    /// paragraph separators), and invisible characters.
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

    /// For example `\u202e`, as JSON has it: above U+FFFF two of them.
    private mutating func appendDigits(of scalar: Unicode.Scalar) {
        for unit in UTF16.encode(scalar) ?? .init() {
            append(contentsOf: "\\u".utf8)
            let digits = String(unit, radix: 16)
            append(
                contentsOf: repeatElement(UInt8(ascii: "0"), count: Swift.max(0, 4 - digits.utf8.count)))
            append(contentsOf: digits.utf8)
        }
    }
}

extension String {
    /// Whether the text is a JSON integer of at most 15 digits.
    fileprivate var isShortNumber: Bool {
        let digits = utf8.first == UInt8(ascii: "-") ? utf8.dropFirst() : utf8[...]
        guard (1...15).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return false
        }
        return digits.count == 1 || digits.first != 0x30
    }
}
