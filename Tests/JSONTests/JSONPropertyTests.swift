import JSON
import Testing

/// A small generator of random values, repeatable by its seed (SplitMix64).
private struct Dice {
    var state: UInt64

    mutating func roll() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int {
        Int(roll() % UInt64(bound))
    }

    mutating func string() -> String {
        var text = ""
        for _ in 0..<below(12) {
            let bounds: [UInt32] = [0x20, 0x80, 0x80, 0x80, 0x800, 0x3000, 0x10000, 0x110000]
            let number = 1 + UInt32(below(Int(bounds[below(bounds.count)]) - 1))
            if let scalar = Unicode.Scalar(number) { text.unicodeScalars.append(scalar) }
        }
        return text
    }

    mutating func value(depth: Int) -> JSONValue {
        switch below(depth > 0 ? 8 : 6) {
        case 0: return .null
        case 1: return .bool(below(2) == 0)
        case 2: return .integer(Int64(bitPattern: roll()) >> Int64(below(64)))
        case 3: return .number("\(below(1_000)).\(below(1_000))e\(below(30))")
        case 4, 5: return .string(string())
        case 6: return .array((0..<below(6)).map { _ in value(depth: depth - 1) })
        default:
            return .object(
                JSONObject(
                    (0..<below(30)).map { .init(name: "\($0)" + string(), value: value(depth: depth - 1)) }))
        }
    }
}

@Suite struct JSONPropertyTests {
    @Test(arguments: 1...400 as ClosedRange<UInt64>)
    func `what is written is read as the same value`(seed: UInt64) throws {
        var dice = Dice(state: seed)
        let value = dice.value(depth: 4)
        let bytes = value.encoded()
        let again = try JSONReader.read(bytes, limits: .stored)
        #expect(again == value, "seed \(seed)")
        #expect(again.encoded() == bytes, "seed \(seed)")
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `damaged bytes are refused or read as what writes the same again, and never trap`(seed: UInt64) {
        var dice = Dice(state: seed)
        let original = dice.value(depth: 3).encoded()
        for _ in 0..<50 {
            var bytes = original
            for _ in 0...dice.below(3) where !bytes.isEmpty {
                let index = dice.below(bytes.count)
                switch dice.below(4) {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: dice.roll())
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(Array("[]{},:\"\\0-eu".utf8)[dice.below(12)], at: index)
                default: bytes.removeLast(bytes.count - index)
                }
            }
            guard let value = try? JSONReader.read(bytes) else { continue }
            #expect((try? JSONReader.read(value.encoded())) == value, "seed \(seed)")
        }
    }
}
