import Glibc

/// Whole small files: configuration, tokens, keys. They block, so they are for the start and for worker threads.
public enum Files {
    private static let chunkBytes = 1 << 16

    /// The file's bytes; more than `bytesMax` are a fault (EFBIG), as are folders (EISDIR).
    public static func read(_ path: String, bytesMax: Int) throws(FileFault) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { throw FileFault(path: path, operation: "open", errno: errno) }
        defer { close(descriptor) }
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

    /// Makes a file that must not exist yet (EEXIST), durably: when this returns, it survives a power cut.
    ///
    /// `mode` holds whatever the umask is. After a fault no file is left behind.
    public static func writeNew(_ path: String, _ bytes: [UInt8], mode: UInt16) throws(FileFault) {
        // Made for us alone; `mode` is given once it is whole.
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

    /// Whether something has that name; a link counts if what it names exists.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    /// The permission bits, such as 0o600, or `nil` when nothing has that name or it may not be looked at.
    public static func mode(of path: String) -> UInt16? {
        var status = stat()
        return stat(path, &status) == 0 ? UInt16(status.st_mode & 0o7777) : nil
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

    /// A new name is durable only when the folder that holds it is.
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
