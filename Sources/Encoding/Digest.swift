import CCrypto

/// SHA-256 and HMAC-SHA-256, by libcrypto.
public enum Digest {
    /// Length of a SHA-256 digest in bytes.
    public static let length = 32

    // Fetching an algorithm by name takes longer than hashing 300 bytes, so it is fetched once. The handle is immutable and OpenSSL permits
    // sharing it between threads; Swift cannot check that for a C pointer.
    private nonisolated(unsafe) static let algorithm: OpaquePointer? = EVP_MD_fetch(nil, "SHA256", nil)

    /// The SHA-256 digest, 32 bytes. Source: FIPS 180-4.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { digest, count in
            let succeeded = EVP_Digest(bytes, bytes.count, digest.baseAddress, nil, algorithm, nil)
            precondition(succeeded == 1, "libcrypto has no SHA-256")
            count = length
        }
    }

    /// The SHA-256 digest of the concatenated parts. The boundaries between parts do not affect it.
    public static func sha256(_ parts: [[UInt8]]) -> [UInt8] {
        var joined: [UInt8] = []
        joined.reserveCapacity(parts.reduce(0) { $0 + $1.count })
        for part in parts { joined.append(contentsOf: part) }
        return sha256(joined)
    }

    /// The HMAC-SHA-256 of `message`, 32 bytes. Source: RFC 2104.
    public static func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: length) { code, count in
            let result = HMAC(algorithm, key, Int32(key.count), message, message.count, code.baseAddress, nil)
            precondition(result != nil, "libcrypto has no HMAC-SHA-256")
            count = length
        }
    }

    /// Constant-time comparison: the duration depends only on the lengths.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}

extension Digest {
    /// Version of the loaded libcrypto: `OpenSSL 3.0.19`.
    public static var libraryVersion: String {
        let whole = OpenSSL_version(OPENSSL_VERSION).map { String(cString: $0) } ?? "OpenSSL"
        return whole.split(separator: " ").prefix(2).joined(separator: " ")
    }
}
