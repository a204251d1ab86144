import Glibc

/// Reads and writes whole small files: configuration, tokens, keys. Blocks, so it is for startup and worker threads only.
public enum Files {
    private static let chunkBytes = 1 << 16

    /// The file's bytes. Throws EFBIG for more than `bytesMax`, EISDIR for a folder, and `FileFault.notRegular` for another kind of file:
    /// a FIFO that no one writes to would block for ever.
    public static func read(_ path: String, bytesMax: Int) throws(FileFault) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if descriptor < 0 { throw FileFault(path: path, operation: "open", errno: errno) }
        defer { close(descriptor) }
        var status = stat()
        try check(fstat(descriptor, &status), "read", path)
        let kind = status.st_mode & S_IFMT
        guard kind == S_IFREG || kind == S_IFDIR else {
            throw FileFault(path: path, operation: "read", errno: FileFault.notRegular)
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: chunkBytes)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                let error = errno
                if error == EINTR { continue }
                throw FileFault(path: path, operation: "read", errno: error)
            }
            if count == 0 { return bytes }
            if bytes.count + count > bytesMax { throw FileFault(path: path, operation: "read", errno: EFBIG) }
            bytes.append(contentsOf: chunk.prefix(count))
        }
    }

    /// Creates a file durably: after the return it survives a power failure. Throws EEXIST if it exists.
    ///
    /// `mode` applies whatever the umask is. After an error no file is left behind.
    public static func writeNew(_ path: String, _ bytes: [UInt8], mode: UInt16) throws(FileFault) {
        // Private until the content is complete; only then `mode` is set.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor < 0 { throw FileFault(path: path, operation: "create", errno: errno) }
        do {
            defer { close(descriptor) }
            try write(bytes, to: descriptor, path: path)
            try check(fchmod(descriptor, mode_t(mode)), "set the mode of", path)
            try check(fsync(descriptor), "sync", path)
        } catch {
            unlink(path)
            throw error
        }
        try syncFolder(of: path)
    }

    /// Whether the path exists; a symbolic link counts if its target exists.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    /// The permission bits, such as 0o600; `nil` if the path does not exist or may not be examined.
    public static func mode(of path: String) -> UInt16? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt16(status.st_mode & 0o7777) : nil
    }

    /// Whether no one but root and this process's user may change the file; `false` if it does not exist.
    public static func isOurs(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else { return false }
        return (status.st_uid == 0 || status.st_uid == geteuid()) && status.st_mode & 0o022 == 0
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(FileFault) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                let error = errno
                if error == EINTR { continue }
                throw FileFault(path: path, operation: "write", errno: error)
            }
            rest = rest.dropFirst(count)
        }
    }

    /// A new file is durable only after its folder has been synced.
    private static func syncFolder(of path: String) throws(FileFault) {
        let name = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = name.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor < 0 { throw FileFault(path: folder, operation: "open", errno: errno) }
        defer { close(descriptor) }
        try check(fsync(descriptor), "sync", folder)
    }

    private static func check(_ result: Int32, _ operation: String, _ path: String) throws(FileFault) {
        if result != 0 { throw FileFault(path: path, operation: operation, errno: errno) }
    }
}

/// A file operation that failed.
public struct FileFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// Path of the file or folder, as the caller gave it.
    public var path: String
    /// The failed operation, as a verb: "open", "read", "write".
    public var operation: String
    public var errno: Int32

    /// `errno` of what is neither a file nor a folder.
    public static let notRegular: Int32 = -1

    public init(path: String, operation: String, errno: Int32) {
        self.path = path
        self.operation = operation
        self.errno = errno
    }

    /// For example "cannot open data/x.db: No such file or directory".
    public var description: String {
        "cannot \(operation) \(path): \(Self.text(of: errno))"
    }

    private static func text(of errno: Int32) -> String {
        if errno == notRegular { return "Not a regular file" }
        // `strerror` is not thread-safe; this form of `strerror_r` is.
        var buffer = [CChar](repeating: 0, count: 256)
        guard strerror_r(errno, &buffer, buffer.count) == 0 else { return "error \(errno)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
