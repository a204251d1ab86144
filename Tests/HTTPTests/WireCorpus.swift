import Glibc
import HTTP
import JSON
import TestSupport
import Testing

/// The corpus in `wire/*.json`: byte streams and expected results. docs/wire.md defines the notation.
struct WireCorpus {
    /// A byte stream and its expected outcomes, each as one line of text.
    struct Case: Sendable {
        let row: String
        let name: String
        let bytes: [UInt8]
        let outcomes: [String]
        /// Offset of the byte at which the stream is refused, if the corpus marks it.
        let refusedAt: Int?
    }

    private(set) var written: [Case] = []
    private(set) var expanded: [Case] = []
    var all: [Case] { written + expanded }

    private static let files = [
        "request-lines", "targets", "hosts", "fields", "line-ends", "lengths", "codings", "chunks", "limits",
        "connections", "truncations",
    ]

    /// Reads every file.
    init() throws {
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        for file in Self.files {
            let text = try Self.bytes(of: folder + "/wire/" + file + ".json")
            let object = try #require(try JSONReader.read(text, limits: .stored).object)
            for item in object["cases"]?.items ?? [] { written.append(try Self.read(item, fill: "")) }
            for item in object["families"]?.items ?? [] { expanded += try Self.family(item) }
            for item in object["streams"]?.items ?? [] { expanded += try Self.prefixes(item) }
        }
    }

    private static func read(_ item: JSONValue, fill: String, expect: JSONValue? = nil) throws -> Case {
        let object = try #require(item.object)
        let text = try text(object["bytes"], fill)
        let outcomes = try (expect ?? object["expect"])?.items?.map { try outcome($0, fill) } ?? []
        let scalars = Array(text.unicodeScalars)
        return Case(
            row: object["row"]?.text ?? "", name: object["name"]?.text ?? "", bytes: try bytes(text),
            outcomes: outcomes, refusedAt: scalars.firstIndex(of: "\u{2038}"))
    }

    /// One case per byte; a byte in no group belongs to the group "rest".
    private static func family(_ item: JSONValue) throws -> [Case] {
        var byByte: [String: JSONValue] = [:]
        var rest: JSONValue?
        for group in item.object?["groups"]?.items ?? [] {
            guard let fills = group.object?["of"]?.items else {
                rest = group.object?["expect"]
                continue
            }
            for fill in fills {
                let ends = (fill.items ?? [fill, fill]).compactMap { $0.text?.unicodeScalars.first?.value }
                let (low, high) = (try #require(ends.first), try #require(ends.last))
                for value in low...high {
                    let scalar = try #require(UnicodeScalar(value))
                    byByte[String(scalar)] = byByte[String(scalar)] ?? group.object?["expect"]
                }
            }
        }
        return try (0...255).map { (value: UInt8) in
            let fill = value == 0 ? "\u{2400}" : String(UnicodeScalar(value))
            let expect = try #require(byByte[fill] ?? rest, "no group has byte \(value)")
            return try read(item, fill: fill, expect: expect)
        }
    }

    /// Each prefix of a stream: its complete requests, and whether another has begun.
    private static func prefixes(_ item: JSONValue) throws -> [Case] {
        let object = try #require(item.object)
        var stream: [UInt8] = []
        var ends: [(end: Int, outcome: String)] = []
        for part in object["parts"]?.items ?? [] {
            stream += try bytes(try text(part.object?["bytes"], ""))
            ends.append((stream.count, try outcome(try #require(part.object?["expect"]), "")))
        }
        return (0...stream.count).map { count in
            let complete = ends.filter { $0.end <= count }
            let isWhole = (complete.last?.end ?? 0) == count
            return Case(
                row: object["row"]?.text ?? "", name: (object["name"]?.text ?? "") + ", \(count) bytes",
                bytes: Array(stream.prefix(count)),
                outcomes: complete.map(\.outcome) + (isWhole ? [] : ["incomplete"]), refusedAt: nil)
        }
    }

    private static func outcome(_ value: JSONValue, _ fill: String) throws -> String {
        guard let object = value.object else { return try #require(value.text) }
        if let refused = object["refused"]?.text { return "\(refused) \(object["clause"]?.text ?? "")" }
        let line = try text(object["request"], fill)
        guard case .integer(let count)? = object["fields"] else { throw HTTPError.unsendable }
        let body = try bytes(try object["body"].map { try text($0, fill) } ?? "")
        let names = try object["names"]?.items?.map { try bytes(try text($0, fill)) }
        return WireReading.Outcome.line(Array(line.utf8), fields: Int(count), names: names, body: body)
    }

    private static func text(_ value: JSONValue?, _ fill: String) throws -> String {
        if let text = value?.text {
            // By scalars: CR LF is one `Character`, and a fill may combine with its neighbour.
            var scalars = String.UnicodeScalarView()
            var slot = false
            for scalar in text.unicodeScalars {
                if scalar == "\u{27E8}" {
                    scalars.append(contentsOf: fill.unicodeScalars)
                    slot = true
                } else if scalar == "\u{27E9}" {
                    slot = false
                } else if !slot {
                    scalars.append(scalar)
                }
            }
            return String(scalars)
        }
        if let items = value?.items { return try items.map { try text($0, fill) }.joined() }
        let object = try #require(value?.object)
        guard case .integer(let times)? = object["times"] else { throw HTTPError.unsendable }
        return String(repeating: try text(object["repeat"], fill), count: Int(times))
    }

    private static func bytes(_ text: String) throws -> [UInt8] {
        try text.unicodeScalars.filter { $0 != "\u{2038}" }.map { scalar in
            scalar == "\u{2400}" ? 0 : try #require(UInt8(exactly: scalar.value))
        }
    }

    /// docs/wire.md.
    static func page() throws -> [UInt8] {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return try bytes(of: parts.joined(separator: "/") + "/docs/wire.md")
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0, "cannot open \(path)")
        defer { close(descriptor) }
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = Glibc.read(descriptor, &piece, piece.count), count > 0 {
            all += piece.prefix(count)
        }
        return all
    }
}
