/// Generates request ids: a random prefix and a counter, 15 bytes, so that the `String` needs no heap memory.
public struct RequestIDs: Sendable {
    private static let alphabet: StaticString =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    private static let prefixLength = 7
    private static let length = 15

    private let prefix: UInt64
    private var counter: UInt64 = 0

    /// `seed` determines the prefix; each loop needs its own.
    public init(seed: UInt64) {
        prefix = seed
    }

    /// The next id, matching `[0-9A-Za-z]{15}`.
    public mutating func next() -> String {
        counter &+= 1
        var (high, low) = (prefix, counter)
        return String(unsafeUninitializedCapacity: Self.length) { bytes in
            for index in 0..<Self.prefixLength { bytes[index] = Self.digit(&high) }
            for index in (Self.prefixLength..<Self.length).reversed() { bytes[index] = Self.digit(&low) }
            return Self.length
        }
    }

    private static func digit(_ number: inout UInt64) -> UInt8 {
        let digit = alphabet.utf8Start[Int(number % 62)]
        number /= 62
        return digit
    }
}
