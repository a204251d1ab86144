import HTTP

/// Request targets, compared with a second, slower percent decoder.
enum Targets {
    private struct Reading: Equatable {
        var path: [[UInt8]] = []
        var query: [[UInt8]] = []
    }

    private static let allowed = Set(
        "!$%&'()*+,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~".utf8)
    private static let itemsMax = 100

    @Sendable static func check(_ input: Bytes) {
        let given = text(input)
        let expected = read(Array(given.utf8))
        guard let target = try? Target(given) else {
            return demand(expected == nil, "refused, though it reads as \(String(describing: expected))")
        }
        let reading = Reading(
            path: target.path.map { Array($0.utf8) },
            query: target.query.flatMap { [Array($0.name.utf8), Array($0.value.utf8)] })
        demand(expected == reading, "read as \(reading), not as \(String(describing: expected))")
        // The text used for digests and links parses to the same target.
        guard let again = try? Target(target.raw) else {
            return demand(false, "\(target.raw) is refused when it is read again")
        }
        demand(again.path.elementsEqual(target.path, by: same), "\(target.raw) leads elsewhere")
        demand(again.query.count == target.query.count, "\(target.raw) asks something else")
        demand(
            target.raw.hasPrefix(target.rawPath), "\(target.rawPath) is not the beginning of \(target.raw)")
    }

    private static func read(_ bytes: [UInt8]) -> Reading? {
        guard !bytes.isEmpty, bytes.allSatisfy({ allowed.contains($0) }) else { return nil }
        if bytes == [0x2A] { return Reading() }
        var rest = bytes[...]
        if rest.first != 0x2F {
            let lower = text(bytes.prefix(8)).lowercased()
            guard lower.hasPrefix("http://") || lower.hasPrefix("https://") else { return nil }
            rest = rest.dropFirst(lower.hasPrefix("https://") ? 8 : 7).drop { $0 != 0x2F && $0 != 0x3F }
        }
        var reading = Reading()
        let path = rest.prefix { $0 != 0x3F }
        if path.count > 1 {
            for segment in path.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false) {
                guard let decoded = decode(segment), !decoded.contains(0x2F), !decoded.contains(0x5C),
                    decoded != [0x2E], decoded != [0x2E, 0x2E]
                else { return nil }
                reading.path.append(decoded)
            }
        }
        for item in rest.dropFirst(path.count + 1).split(separator: 0x26) {
            let halves = item.split(separator: 0x3D, maxSplits: 1, omittingEmptySubsequences: false)
            for half in [halves.first ?? [], halves.count == 2 ? halves[1] : []] {
                guard let decoded = decode(half.map { $0 == 0x2B ? 0x20 : $0 }[...]) else { return nil }
                reading.query.append(decoded)
            }
        }
        return reading.query.count <= 2 * itemsMax ? reading : nil
    }

    /// Splits at the percent signs.
    private static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        let pieces = bytes.split(separator: 0x25, omittingEmptySubsequences: false)
        var decoded = Array(pieces.first ?? [])
        for piece in pieces.dropFirst() {
            let digits = piece.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ "0123456789abcdefABCDEF".utf8.contains($0) }),
                let byte = UInt8(text(digits), radix: 16)
            else { return nil }
            decoded.append(byte)
            decoded += piece.dropFirst(2)
        }
        guard decoded.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
            String(validating: decoded, as: UTF8.self) != nil
        else { return nil }
        return decoded
    }
}
