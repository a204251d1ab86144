import CCrypto

/// A source of randomness: the system's, or a seeded one for repeatable tests.
public protocol RandomSource: Sendable {
    /// Exactly `count` bytes.
    func bytes(_ count: Int) -> [UInt8]
}

/// A cryptographically secure generator: libcrypto's, seeded by the kernel.
public struct SystemRandom: RandomSource {
    public init() {}

    /// Exactly `count` bytes. Terminates the process if the system has no randomness, because a token could then be guessed.
    public func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let succeeded = count == 0 || RAND_bytes(buffer.baseAddress, Int32(count)) == 1
            precondition(succeeded, "the system has no randomness")
            initialized = count
        }
    }
}
