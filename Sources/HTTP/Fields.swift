/// Received header fields: names compare case-insensitively, values have no surrounding whitespace.
///
/// Stores the head's bytes once, with the ranges of the fields; strings are created on demand.
public struct Fields: Sendable {
    /// Ranges of one field's name and value in `head`.
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

    /// Fields from pairs, for tests and for requests that did not arrive over a socket.
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

    public var count: Int { spans.count }

    /// The first value of the field as text; `nil` when it is absent or not UTF-8. `name` must be lower case.
    ///
    /// In the fields this service reads, the parser has refused bytes outside ASCII.
    public subscript(_ name: String) -> String? {
        var name = name
        let span = name.withUTF8 { wanted in firstSpan { $0.elementsEqual(wanted) } }
        guard let span else { return nil }
        return String(validating: head[Int(span.valueStart)..<Int(span.valueEnd)], as: UTF8.self)
    }

    /// The bytes of the first value of the field; `nil` when it is absent. `name` must be lower case.
    public func bytes(_ name: StaticString) -> ArraySlice<UInt8>? {
        precondition(name.hasPointerRepresentation, "a field name is longer than one scalar")
        let wanted = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        return firstSpan { $0.elementsEqual(wanted) }.map { head[Int($0.valueStart)..<Int($0.valueEnd)] }
    }

    /// The bytes of all lines of the field, in the order received. `name` must be lower case.
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

    /// All fields in the order received, names in lower case; bytes that are not UTF-8 are replaced.
    public var all: [(name: String, value: String)] {
        spans.map { span in
            let name = head[Int(span.nameStart)..<Int(span.nameEnd)].map(ASCII.lowercased)
            let value = head[Int(span.valueStart)..<Int(span.valueEnd)]
            return (String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }

    private struct Name {
        let bytes: UnsafeBufferPointer<UInt8>

        /// Compares the lengths first: most names differ in them.
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
