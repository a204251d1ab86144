import JSON
import TestSupport
import Testing

extension SeededGenerator {
    fileprivate mutating func string() -> String {
        var text = ""
        for _ in 0..<remainder(below: 12) {
            let bounds: [UInt32] = [0x20, 0x80, 0x80, 0x80, 0x800, 0x3000, 0x10000, 0x110000]
            let number = 1 + UInt32(remainder(below: Int(bounds[remainder(below: bounds.count)]) - 1))
            if let scalar = Unicode.Scalar(number) { text.unicodeScalars.append(scalar) }
        }
        return text
    }

    fileprivate mutating func value(depth: Int) -> JSONValue {
        switch remainder(below: depth > 0 ? 8 : 6) {
        case 0: return .null
        case 1: return .bool(remainder(below: 2) == 0)
        case 2: return .integer(Int64(bitPattern: next()) >> Int64(remainder(below: 64)))
        case 3:
            return .number("\(remainder(below: 1_000)).\(remainder(below: 1_000))e\(remainder(below: 30))")
        case 4, 5: return .string(string())
        case 6: return .array((0..<remainder(below: 6)).map { _ in value(depth: depth - 1) })
        default:
            return .object(
                JSONObject(
                    (0..<remainder(below: 30)).map {
                        .init(name: "\($0)" + string(), value: value(depth: depth - 1))
                    }))
        }
    }
}

@Suite struct JSONPropertyTests {
    @Test(arguments: 1...400 as ClosedRange<UInt64>)
    func `what is written is read as the same value`(seed: UInt64) throws {
        var dice = SeededGenerator(seed: seed)
        let value = dice.value(depth: 4)
        let bytes = value.encoded()
        let again = try JSONReader.read(bytes, limits: .stored)
        #expect(again == value, "seed \(seed)")
        #expect(again.encoded() == bytes, "seed \(seed)")
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>)
    func `damaged bytes are refused or read as what writes the same again, and never trap`(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        let original = dice.value(depth: 3).encoded()
        for _ in 0..<50 {
            var bytes = original
            for _ in 0...dice.remainder(below: 3) where !bytes.isEmpty {
                let index = dice.remainder(below: bytes.count)
                switch dice.remainder(below: 4) {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: dice.next())
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(Array("[]{},:\"\\0-eu".utf8)[dice.remainder(below: 12)], at: index)
                default: bytes.removeLast(bytes.count - index)
                }
            }
            guard let value = try? JSONReader.read(bytes) else { continue }
            #expect((try? JSONReader.read(value.encoded())) == value, "seed \(seed)")
        }
    }
}
