import CCrypto

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
