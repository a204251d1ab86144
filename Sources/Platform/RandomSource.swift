import CCrypto
import Synchronization

/// Where randomness comes from: the system, or a seed that makes a run repeatable.
public protocol RandomSource: Sendable {
    /// Exactly `count` random bytes.
    func bytes(_ count: Int) -> [UInt8]
}

/// Randomness fit for secrets, from libcrypto's generator, which the kernel seeds.
public struct SystemRandom: RandomSource {
    /// Randomness fit for secrets.
    public init() {}

    /// Exactly `count` random bytes. Stops the process when the system has none: a guessable token would be worse.
    public func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let succeeded = count == 0 || RAND_bytes(buffer.baseAddress, Int32(count)) == 1
            precondition(succeeded, "the system has no randomness")
            initialized = count
        }
    }
}

/// Numbers that look random and depend on a seed alone, for tests and the simulator; never for secrets.
///
/// SplitMix64. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
public final class SeededRandom: RandomSource {
    private let state: Mutex<UInt64>

    /// A sequence of its own for each seed.
    public init(seed: UInt64) {
        state = Mutex(seed)
    }

    /// The next 64 bits.
    public func next() -> UInt64 {
        let sum = state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            return state
        }
        let once = (sum ^ (sum >> 30)) &* 0xBF58_476D_1CE4_E5B9
        let twice = (once ^ (once >> 27)) &* 0x94D0_49BB_1331_11EB
        return twice ^ (twice >> 31)
    }

    /// Exactly `count` bytes: those of `next()`, lowest first, the rest of the last number dropped.
    public func bytes(_ count: Int) -> [UInt8] {
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
