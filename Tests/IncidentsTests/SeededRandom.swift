import Glibc

/// Numbers that follow from a seed alone (SplitMix64), so that a failure can be told again.
struct SeededRandom: RandomNumberGenerator {
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
        Int.random(in: 0..<100, using: &self) < percent
    }

    /// One of several; the first when there are none to choose from but it.
    mutating func one<Value>(of first: Value, _ others: Value...) -> Value {
        let index = Int.random(in: 0...others.count, using: &self)
        return index == 0 ? first : others[index - 1]
    }

    /// The seed in `DRUMBEAT_TEST_SEED`, else one from the time of day.
    static let seed: UInt64 = {
        if let text = getenv("DRUMBEAT_TEST_SEED"), let seed = UInt64(String(cString: text)) { return seed }
        return UInt64(bitPattern: Int64(time(nil)))
    }()
}
