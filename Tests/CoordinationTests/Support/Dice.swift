import Glibc

/// Numbers that follow from a seed alone (SplitMix64), so that a failure can be told again.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Whether something happens that happens `percent` times in a hundred.
    mutating func happens(_ percent: Int) -> Bool {
        below(100) < percent
    }

    /// 0 up to and without `limit`, which is at least 1.
    mutating func below(_ limit: Int) -> Int {
        Int.random(in: 0..<limit, using: &self)
    }

    /// One of several.
    mutating func one<Value>(of first: Value, _ others: Value...) -> Value {
        let index = below(others.count + 1)
        return index == 0 ? first : others[index - 1]
    }

    /// The seed in `DRUMBEAT_TEST_SEED`, when there is one.
    static let wishedSeed = number("DRUMBEAT_TEST_SEED")

    /// A number in the environment.
    static func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    /// Whether long random tests run in their short form. `make test` asks for it, `make test-all` for the long one, which is also
    /// what runs when nobody says.
    static let isShort = getenv("DRUMBEAT_TEST_LENGTH").map { String(cString: $0) } == "short"

    /// The wished seeds, or else the usual ones.
    static func seeds(_ usual: ClosedRange<UInt64>) -> [UInt64] {
        wishedSeed.map { [$0] } ?? Array(usual)
    }
}
