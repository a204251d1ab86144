import Glibc

/// Numbers that follow from a seed alone (SplitMix64), so that a failure can be told again.
struct SeededGenerator: RandomNumberGenerator {
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
}

enum Seed {
    /// The seed in `DRUMBEAT_TEST_SEED`, else the usual ones.
    static func these(_ usual: ClosedRange<UInt64>) -> [UInt64] {
        if let text = getenv("DRUMBEAT_TEST_SEED"), let seed = UInt64(String(cString: text)) { return [seed] }
        return Array(usual)
    }
}
