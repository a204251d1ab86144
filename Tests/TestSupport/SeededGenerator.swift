import Encoding
import Glibc
import Synchronization

/// A pseudorandom generator with a seed, so that failures can be repeated. Not for secrets.
///
/// Algorithm: SplitMix64. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// The seed is a hash of the bytes (FNV-1a), so that an input of a fuzzer always has the same result.
    package init(hashing bytes: some Sequence<UInt8>) {
        state = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// `true` with a probability of `percent`.
    package mutating func happens(_ percent: Int) -> Bool {
        below(100) < percent
    }

    /// A number in 0..<`limit`, drawn by the standard library. `limit` must be at least 1.
    package mutating func below(_ limit: Int) -> Int {
        Int.random(in: 0..<limit, using: &self)
    }

    /// A number in 0..<`limit`: the remainder of one draw. `limit` must be at least 1.
    ///
    /// Not equal to `below`. Known seeds and fuzzer inputs depend on one or the other, so both stay.
    package mutating func remainder(below limit: Int) -> Int {
        Int(next() % UInt64(limit))
    }

    /// One of the values.
    package mutating func one<Value>(of first: Value, _ others: Value...) -> Value {
        let index = below(others.count + 1)
        return index == 0 ? first : others[index - 1]
    }
}

/// A thread-safe `SeededGenerator`: the source of randomness of a service under test.
package final class SeededRandom: RandomSource {
    private let generator: Mutex<SeededGenerator>

    package init(seed: UInt64) {
        generator = Mutex(SeededGenerator(seed: seed))
    }

    /// The next 64 bits.
    package func next() -> UInt64 {
        generator.withLock { $0.next() }
    }

    /// A number in 0..<`limit`: the remainder of one draw. `limit` must be at least 1.
    package func remainder(below limit: Int) -> Int {
        generator.withLock { $0.remainder(below: limit) }
    }

    /// Exactly `count` bytes of `next()`, lowest first; the rest of the last number is dropped.
    package func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            withUnsafeBytes(of: next().littleEndian) {
                bytes.append(contentsOf: $0.prefix(count - bytes.count))
            }
        }
        return bytes
    }
}

/// Seeds of tests, and the length of long random tests, from the environment.
package enum Seed {
    /// Whether long random tests run in their short form, as in `make test`. The default is the long form, as in `make test-all`.
    package static let isShort = getenv("DRUMBEAT_TEST_LENGTH").map { String(cString: $0) } == "short"

    /// The seed in `DRUMBEAT_TEST_SEED`; `nil` without one.
    package static let chosen = number("DRUMBEAT_TEST_SEED")

    /// The chosen seed alone, else the usual ones.
    package static func chosen(or usual: ClosedRange<UInt64>) -> [UInt64] {
        chosen.map { [$0] } ?? Array(usual)
    }

    /// A number from the environment.
    package static func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }
}
