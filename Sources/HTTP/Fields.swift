/// Header fields as received: names lower case ASCII, values without the spaces around them.
///
/// It holds the head's bytes once and where each field lies in them; text is made when it is asked for.
public struct Fields: Sendable {
    /// Where one field's name and value lie in `head`.
    struct Span: Sendable, Equatable {
        var nameStart: UInt32
        var nameEnd: UInt32
        var valueStart: UInt32
        var valueEnd: UInt32
    }

    private let head: [UInt8]
    private let spans: [Span]

    init(head: [UInt8], spans: [Span]) {
        self.head = head
        self.spans = spans
    }

    /// Fields from names and values, for tests and for requests that came over no wire.
    public init(_ pairs: [(name: String, value: String)]) {
        var head: [UInt8] = []
        var spans: [Span] = []
        for pair in pairs {
            let start = UInt32(head.count)
            head.append(contentsOf: pair.name.utf8)
            let end = UInt32(head.count)
            head.append(contentsOf: pair.value.utf8)
            spans.append(
                Span(nameStart: start, nameEnd: end, valueStart: end, valueEnd: UInt32(head.count)))
        }
        self.init(head: head, spans: spans)
    }

    /// How many field lines there are.
    public var count: Int { spans.count }

    /// The first value of the field with that lower-case name as text; `nil` when it is absent or not UTF-8.
    ///
    /// In the fields this service reads, bytes outside ASCII were refused by the parser.
    public subscript(_ name: String) -> String? {
        var name = name
        let span = name.withUTF8 { wanted in firstSpan { $0.elementsEqual(wanted) } }
        guard let span else { return nil }
        return String(validating: head[Int(span.valueStart)..<Int(span.valueEnd)], as: UTF8.self)
    }

    /// The bytes of the first value of the field with that lower-case name; `nil` when it is absent.
    public func bytes(_ name: StaticString) -> ArraySlice<UInt8>? {
        precondition(name.hasPointerRepresentation, "a field name is longer than one scalar")
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        return firstSpan { $0.elementsEqual(wanted) }.map { head[Int($0.valueStart)..<Int($0.valueEnd)] }
    }

    /// The bytes of every field line with that lower-case name, in the order received.
    public func lines(_ name: StaticString) -> [ArraySlice<UInt8>] {
        precondition(name.hasPointerRepresentation, "a field name is longer than one scalar")
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        return spans.compactMap { span in
            let written = head[Int(span.nameStart)..<Int(span.nameEnd)]
            guard written.count == wanted.count,
                zip(written, wanted).allSatisfy({ ASCII.lowercased($0) == $1 })
            else { return nil }
            return head[Int(span.valueStart)..<Int(span.valueEnd)]
        }
    }

    /// Every field in the order received, names in lower case; bytes that are not UTF-8 are replaced.
    public var all: [(name: String, value: String)] {
        spans.map { span in
            let name = head[Int(span.nameStart)..<Int(span.nameEnd)].map(ASCII.lowercased)
            let value = head[Int(span.valueStart)..<Int(span.valueEnd)]
            return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }

    private struct Name {
        let bytes: UnsafeBufferPointer<UInt8>

        /// Compares length first: most names differ in it.
        func elementsEqual(_ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
            guard bytes.count == wanted.count else { return false }
            for (byte, other) in zip(bytes, wanted) where ASCII.lowercased(byte) != other { return false }
            return true
        }
    }

    private func firstSpan(where matches: (Name) -> Bool) -> Span? {
        head.withUnsafeBufferPointer { bytes in
            spans.first { span in
                matches(
                    Name(bytes: UnsafeBufferPointer(rebasing: bytes[Int(span.nameStart)..<Int(span.nameEnd)]))
                )
            }
        }
    }
}
