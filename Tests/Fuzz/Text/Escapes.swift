import JSON
import Metrics
import Time

@testable import Routing
@testable import Logging
@testable import Outbound

/// Text in HTML: it cannot end a text node or an attribute, and a browser shows the original.
enum Pages {
    @Sendable static func check(_ input: Bytes) {
        let given = text(input)
        let escaped = ProblemPage.escaped(given)
        demand(!escaped.utf8.contains { "<>\"'".utf8.contains($0) }, "a sign of markup came out: \(escaped)")
        var shown: [UInt8] = []
        var rest = Array(escaped.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "&") else {
                shown.append(byte)
                continue
            }
            let name = rest.prefix { $0 != UInt8(ascii: ";") }
            guard let sign = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "#39": "'"][text(name)] else {
                return demand(false, "an entity that was not meant: \(escaped)")
            }
            shown += Array(sign.utf8)
            rest = rest.dropFirst(name.count + 1)
        }
        demand(shown.elementsEqual(given.utf8), "shown as \(text(shown))")
    }
}

/// Log lines: any event is one line, which parses to its fields.
enum LogLines {
    @Sendable static func check(_ input: Bytes) {
        let parts = input.split(separator: 0x00, maxSplits: 7, omittingEmptySubsequences: false).map {
            text($0)
        }
        let fields = zip(parts.dropFirst(), parts.dropFirst(2)).enumerated().filter { $0.offset % 2 == 0 }
            .map { ($0.element.0, $0.element.1) }
        let line = LogLine(
            time: Timestamp(milliseconds: Int64(input.count)), level: .error, event: parts.first ?? "",
            fields: fields)
        for format in Logger.Format.allCases {
            let bytes = line.encoded(format)
            demand(bytes.last == 0x0A, "a line without its end")
            demand(!bytes.dropLast().contains { $0 < 0x20 || $0 == 0x7F }, "a control byte: \(text(bytes))")
            let scalars = text(bytes.dropLast()).unicodeScalars
            demand(
                !scalars.contains {
                    (0x80...0x9F).contains($0.value) || (0x2028...0x2029).contains($0.value)
                },
                "something that a terminal or a viewer obeys: \(text(bytes))")
            demand(
                bytes.count <= (2 * fields.count + 1) * (LogLine.valueBytesMax + 4) + 80,
                "\(bytes.count) bytes")
        }
        checkJSON(line.encoded(.json), parts.first ?? "", fields)
    }

    private static func checkJSON(_ bytes: [UInt8], _ event: String, _ fields: [(String, String)]) {
        var names = Set(["time", "level", "event"].map { Array($0.utf8) })
        let areDistinct = fields.allSatisfy { names.insert(Array($0.0.utf8)).inserted }
        // A reader refuses repeated names, and long names are cut and may become equal.
        guard areDistinct, fields.allSatisfy({ $0.0.utf8.count < 256 }) else { return }
        guard let value = try? JSONReader.read(Array(bytes.dropLast())), case .object(let object) = value
        else {
            return demand(false, "it is no JSON: \(text(bytes))")
        }
        demand(object.members.count == 3 + fields.count, "fields came or went: \(text(bytes))")
        for (name, given) in fields + [("event", event)] where given.utf8.count < 256 {
            switch object[name] {
            case .string(let read)?: demand(same(read, given), "\(name) reads \(read), not \(given)")
            case .integer(let number)?:
                demand(same("\(number)", given), "\(name) reads \(number), not \(given)")
            case .number(let number)?: demand(same(number, given), "\(name) reads \(number), not \(given)")
            default: demand(false, "\(name) is missing: \(text(bytes))")
            }
        }
    }
}

/// A page of metrics: a label's value cannot leave its quotes or its line.
enum MetricsPages {
    @Sendable static func check(_ input: Bytes) {
        let parts = input.split(separator: 0x00, maxSplits: 1, omittingEmptySubsequences: false).map {
            text($0)
        }
        let (help, given) = (parts.first ?? "", parts.last ?? "")
        var page = MetricsText()
        page.family("a", .counter, help: help)
        page.sample("a", labels: [("b", given), ("c", "")], 1)
        let lines = page.bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count == 4, lines[3].isEmpty else { return demand(false, text(page.bytes)) }
        demand(
            unescape(lines[0].dropFirst(9), quotes: false).elementsEqual(help.utf8),
            "the help reads otherwise")
        let (head, tail) = (Array("a{b=\"".utf8), Array("\",c=\"\"} 1".utf8))
        let sample = lines[2]
        demand(sample.starts(with: head) && sample.suffix(tail.count).elementsEqual(tail), text(sample))
        let value = sample.dropFirst(head.count).dropLast(tail.count)
        demand(
            unescape(value, quotes: true).elementsEqual(given.utf8),
            "the label reads otherwise: \(text(sample))")
    }

    private static func unescape(_ bytes: ArraySlice<UInt8>, quotes: Bool) -> [UInt8] {
        var rest = bytes
        var plain: [UInt8] = []
        while let byte = rest.popFirst() {
            demand(byte != 0x22 || !quotes, "a quote alone: \(text(bytes))")
            guard byte == 0x5C else {
                plain.append(byte)
                continue
            }
            let letter = rest.popFirst()
            demand(
                letter == 0x5C || letter == 0x6E || (quotes && letter == 0x22),
                "an odd escape: \(text(bytes))")
            plain.append(letter == 0x6E ? 0x0A : letter ?? 0)
        }
        return plain
    }
}

/// The excerpt of a receiver's response.
enum Excerpts {
    @Sendable static func check(_ input: Bytes) {
        let excerpt = Excerpt.of(Array(input))
        demand(excerpt.utf8.count <= Excerpt.bytesMax, "\(excerpt.utf8.count) bytes")
        for scalar in excerpt.unicodeScalars {
            let category = scalar.properties.generalCategory
            demand(
                category != .control && category != .format, "U+\(String(scalar.value, radix: 16)) came out")
        }
        if input.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != 0x5C }) {
            demand(same(excerpt, text(input.prefix(Excerpt.bytesMax))), "plain text came out as \(excerpt)")
        }
    }
}
