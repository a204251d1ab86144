/// The state of one parse: bytes, position and token count.
///
/// Every index into `bytes` is checked against `bytes.count` where it is computed; in a release build the buffer itself does not check.
struct JSONParser {
    /// Initial capacity of an object; most have no more members, and growing from one would copy three times.
    private static let usualMembers = 8

    let bytes: UnsafeBufferPointer<UInt8>
    let limits: JSONLimits
    var position = 0
    private var tokens = 0

    init(bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// Parses the whole text.
    mutating func text() throws(JSONFault) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw fault("a byte order mark") }
        skipSpace()
        if position == bytes.count { throw fault("nothing where a value is expected") }
        let value = try value(depth: 1)
        skipSpace()
        if position < bytes.count { throw fault("more text after the value") }
        return value
    }

    /// A fault at the current position, or at `offset`.
    func fault(_ reason: String, at offset: Int? = nil) -> JSONFault {
        JSONFault(offset: offset ?? position, reason: reason)
    }

    /// The byte at the current position; `nil` at the end.
    var next: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    /// Counts a name or a value.
    mutating func countToken() throws(JSONFault) {
        if tokens >= limits.tokensMax { throw fault("more than \(limits.tokensMax) names and values") }
        tokens += 1
    }

    /// Parses a value; a container is at level `depth`.
    private mutating func value(depth: Int) throws(JSONFault) -> JSONValue {
        try countToken()
        guard let byte = next else { throw fault("the text ends where a value is expected") }
        switch byte {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: throw fault(whyNoValue(byte))
        }
    }

    /// Describes an invalid value, naming common mistakes.
    private func whyNoValue(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "'"): "a single quote; strings use double quotes"
        case UInt8(ascii: "/"): "a comment"
        case UInt8(ascii: "+"): "a number with a plus sign"
        case UInt8(ascii: "."): "a number without a digit before its point"
        case UInt8(ascii: "]"), UInt8(ascii: "}"): "a closing bracket where a value is expected"
        case UInt8(ascii: ","): "a comma where a value is expected"
        default: "something that is not a JSON value"
        }
    }

    private mutating func literal(
        _ text: StaticString, _ value: JSONValue
    ) throws(JSONFault) -> JSONValue {
        let length = text.utf8CodeUnitCount
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: length)
        guard bytes.count - position >= length,
            bytes[position..<position + length].elementsEqual(expected)
        else { throw fault("something that is not a JSON value") }
        position += length
        return value
    }

    private mutating func array(depth: Int) throws(JSONFault) -> [JSONValue] {
        try open(depth: depth)
        var elements: [JSONValue] = []
        if close(UInt8(ascii: "]")) { return elements }
        while true {
            if elements.count >= limits.membersMax {
                throw fault("more than \(limits.membersMax) elements in an array")
            }
            elements.append(try value(depth: depth + 1))
            if try endAfterItem(UInt8(ascii: "]"), missing: "a comma or ] is missing") { return elements }
        }
    }

    private mutating func object(depth: Int) throws(JSONFault) -> JSONObject {
        try open(depth: depth)
        var object = JSONObject()
        if close(UInt8(ascii: "}")) { return object }
        object.members.reserveCapacity(Self.usualMembers)
        var names = UniqueNames()
        while true {
            if object.members.count >= limits.membersMax {
                throw fault("more than \(limits.membersMax) members in an object")
            }
            let name = try name(&names, in: object)
            object.members.append(.init(name: name, value: try value(depth: depth + 1)))
            if try endAfterItem(UInt8(ascii: "}"), missing: "a comma or } is missing") { return object }
        }
    }

    /// Parses a member's name, the colon and surrounding space.
    private mutating func name(
        _ names: inout UniqueNames, in object: JSONObject
    ) throws(JSONFault) -> String {
        let start = position
        guard next == UInt8(ascii: "\"") else {
            throw fault(next == nil ? "the text ends within an object" : "a name without double quotes")
        }
        try countToken()
        let name = try string()
        guard names.insert(name, after: object.members) else {
            throw fault("the name \"\(name.shortened)\" appears twice", at: start)
        }
        skipSpace()
        guard next == UInt8(ascii: ":") else { throw fault("a colon is missing after a name") }
        position += 1
        skipSpace()
        return name
    }

    /// Skips an opening bracket and the space after it.
    private mutating func open(depth: Int) throws(JSONFault) {
        if depth > limits.depthMax { throw fault("more than \(limits.depthMax) levels of nesting") }
        position += 1
        skipSpace()
    }

    /// Skips `bracket` if it is next.
    private mutating func close(_ bracket: UInt8) -> Bool {
        guard next == bracket else { return false }
        position += 1
        return true
    }

    /// After an element or a member: skips the closing bracket (`true`), or a comma and the space after it.
    private mutating func endAfterItem(_ bracket: UInt8, missing: String) throws(JSONFault) -> Bool {
        skipSpace()
        if close(bracket) { return true }
        guard next == UInt8(ascii: ",") else {
            throw fault(next == nil ? "the text ends before its brackets are closed" : missing)
        }
        let comma = position
        position += 1
        skipSpace()
        if next == bracket { throw fault("a trailing comma", at: comma) }
        return false
    }

    /// Skips the four whitespace characters of RFC 8259.
    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }
}

/// Detects duplicate names within one object.
private struct UniqueNames {
    /// Up to this size a linear search is faster than hashing; beyond it, quadratic work would be an attack.
    private static let linearMax = 16
    private var seen: Set<NameBytes> = []

    /// Whether `name` is not in `members`, whose names were all passed here.
    mutating func insert(_ name: String, after members: [JSONObject.Member]) -> Bool {
        if members.count < Self.linearMax {
            return !members.contains { $0.name.hasSameBytes(as: name) }
        }
        if seen.isEmpty { seen = Set(members.map { NameBytes(name: $0.name) }) }
        return seen.insert(NameBytes(name: name)).inserted
    }
}

extension String {
    /// At most the first 64 scalars, so that a fault stays short.
    fileprivate var shortened: String {
        let cut = unicodeScalars.prefix(64)
        return cut.endIndex == endIndex ? self : String(cut) + "…"
    }
}
