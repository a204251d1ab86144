import Glibc

/// A file operation that failed.
public struct FileFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file or folder, as it was named to us.
    public var path: String
    /// What could not be done, as a verb: "open", "read", "write".
    public var operation: String
    /// The system's error number.
    public var errno: Int32

    /// A fault with the system's error number.
    public init(path: String, operation: String, errno: Int32) {
        self.path = path
        self.operation = operation
        self.errno = errno
    }

    /// As in "cannot open data/x.db: No such file or directory".
    public var description: String {
        "cannot \(operation) \(path): \(Self.text(of: errno))"
    }

    private static func text(of errno: Int32) -> String {
        // `strerror` is not safe with threads; this form of `strerror_r` is.
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(errno, &buffer, buffer.count) == 0 else { return "error \(errno)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
