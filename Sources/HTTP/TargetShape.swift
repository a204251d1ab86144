/// A parsed request target: the ranges of its parts in the head, and their decoded text.
///
/// Split on "/" and "&" *before* decoding, decoded once; anything ambiguous is refused (H31).
struct TargetShape: Sendable {
    var path: [String] = []
    var query: [QueryItem] = []
    var isAsterisk = false
    /// Range of path and query in the head.
    var raw: Range<Int> = 0..<0
    /// End of the path in the head.
    var pathEnd = 0
    /// Range of an absolute form's authority in the head, which `Host` must equal.
    var authority: Range<Int>?

    private static let slash: UInt8 = 0x2F
    private static let questionMark: UInt8 = 0x3F
    private static let ampersand: UInt8 = 0x26
    private static let equals: UInt8 = 0x3D

    /// Parses the target in `range`; offsets refer to the whole head.
    init(_ head: Span<UInt8>, _ range: Range<Int>, itemsMax: Int) throws(HTTPError) {
        guard !range.isEmpty else { throw .malformed("The target is empty.", clause: "RFC 9112 §3.2") }
        for index in range where !ASCII.isTarget(head[index]) {
            throw .malformed("The target has a byte that must be percent-encoded.", clause: "RFC 9112 §3.2")
        }
        if range.count == 1, head[range.lowerBound] == UInt8(ascii: "*") {
            isAsterisk = true
            raw = range
            pathEnd = range.upperBound
            return
        }
        var start = range.lowerBound
        if head[start] != Self.slash { start = try readAuthority(head, range) }
        raw = start..<range.upperBound
        pathEnd = start
        while pathEnd < range.upperBound, head[pathEnd] != Self.questionMark { pathEnd += 1 }
        try readPath(head, start..<pathEnd)
        if pathEnd < range.upperBound {
            try readQuery(head, pathEnd + 1..<range.upperBound, itemsMax: itemsMax)
        }
    }

    /// Parses an absolute form, which a server must accept (RFC 9112 §3.2.2); returns where the path begins.
    private mutating func readAuthority(_ head: Span<UInt8>, _ range: Range<Int>) throws(HTTPError) -> Int {
        let start =
            Self.begins(head, range, with: "http://") ?? Self.begins(head, range, with: "https://")
        guard let start else {
            throw .malformed("The target is neither a path nor an http URL.", clause: "RFC 9112 §3.2")
        }
        var end = start
        while end < range.upperBound, head[end] != Self.slash, head[end] != Self.questionMark { end += 1 }
        authority = start..<end
        return end
    }

    /// The offset after `prefix`, which must be lower case and is matched in either case; `nil` when it does not match.
    private static func begins(_ head: Span<UInt8>, _ range: Range<Int>, with prefix: StaticString) -> Int? {
        let length = prefix.utf8CodeUnitCount
        guard range.count >= length else { return nil }
        let wanted = UnsafeBufferPointer(start: prefix.utf8Start, count: length)
        for (offset, byte) in wanted.enumerated() {
            guard ASCII.lowercased(head[range.lowerBound + offset]) == byte else { return nil }
        }
        return range.lowerBound + length
    }

    private mutating func readPath(_ head: Span<UInt8>, _ range: Range<Int>) throws(HTTPError) {
        // An absolute form may have no path; "/" has no segment either.
        guard range.count > 1 else { return }
        path.reserveCapacity(6)
        var start = range.lowerBound + 1
        while true {
            var end = start
            while end < range.upperBound, head[end] != Self.slash { end += 1 }
            path.append(try Self.segment(head, start..<end))
            guard end < range.upperBound else { return }
            start = end + 1
        }
    }

    private static func segment(_ head: Span<UInt8>, _ range: Range<Int>) throws(HTTPError) -> String {
        let text = try PercentDecoding.text(head, range, place: .path)
        var bytes = text.utf8.makeIterator()
        if bytes.next() == UInt8(ascii: "."), text.utf8.count == 1 || text.utf8.elementsEqual("..".utf8) {
            throw .malformed("The path has a dot segment.", clause: "RFC 3986 §3.3")
        }
        return text
    }

    private mutating func readQuery(
        _ head: Span<UInt8>, _ range: Range<Int>, itemsMax: Int
    ) throws(HTTPError) {
        var start = range.lowerBound
        while start < range.upperBound {
            var end = start
            var nameEnd: Int?
            while end < range.upperBound, head[end] != Self.ampersand {
                if nameEnd == nil, head[end] == Self.equals { nameEnd = end }
                end += 1
            }
            if end > start {
                guard query.count < itemsMax else {
                    // A limit of this service: no clause is violated.
                    throw .malformed("The query has too many parameters.", clause: "")
                }
                query.append(try Self.item(head, start..<end, nameEnd: nameEnd ?? end))
            }
            start = end + 1
        }
    }

    private static func item(
        _ head: Span<UInt8>, _ range: Range<Int>, nameEnd: Int
    ) throws(HTTPError) -> QueryItem {
        let name = try PercentDecoding.text(head, range.lowerBound..<nameEnd, place: .query)
        let valueStart = min(nameEnd + 1, range.upperBound)
        let value = try PercentDecoding.text(head, valueStart..<range.upperBound, place: .query)
        return QueryItem(name: name, value: value)
    }
}
