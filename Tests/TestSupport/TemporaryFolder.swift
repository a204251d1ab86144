import Glibc

/// A temporary folder, deleted with its contents by `deinit`.
package final class TemporaryFolder: Sendable {
    package let path: String

    /// Creates the folder in `$TMPDIR`, or else in `/tmp`.
    package init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/drumbeat-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw TestFault("cannot make a folder in \(parent)") }
        path = String(cString: made)
    }

    deinit {
        Self.empty(path)
        rmdir(path)
    }

    private static func empty(_ folder: String) {
        for name in names(in: folder) {
            let path = folder + "/" + name
            if unlink(path) == 0 { continue }
            empty(path)
            rmdir(path)
        }
    }

    /// Names in a folder, without `.` and `..`.
    package static func names(in folder: String) -> [String] {
        guard let listing = opendir(folder) else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The path of a file in the folder.
    package func file(_ name: String = "drumbeat.db") -> String { path + "/" + name }

    /// Writes or overwrites a file in the folder and returns its path. Creates the folders in `name`.
    @discardableResult
    package func write(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String {
        try write(name, Array(text.utf8), mode: mode)
    }

    @discardableResult
    package func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o600) throws -> String {
        for (index, byte) in name.utf8.enumerated() where byte == UInt8(ascii: "/") {
            mkdir(path + "/" + String(decoding: name.utf8.prefix(index), as: UTF8.self), 0o700)
        }
        try TestSupport.write(bytes, to: file(name), mode: mode)
        return file(name)
    }
}

/// The bytes of a file. Only for files that no database connection has open: closing a descriptor releases SQLite's locks.
package func bytes(of path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TestFault("cannot open \(path)") }
    defer { close(descriptor) }
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(descriptor, &chunk, chunk.count), count > 0 { all += chunk.prefix(count) }
    return all
}

/// The text of a file.
package func text(of path: String) throws -> String {
    String(decoding: try bytes(of: path), as: UTF8.self)
}

/// Writes or overwrites a file.
package func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw TestFault("cannot make \(path)") }
    defer { close(descriptor) }
    guard fchmod(descriptor, mode) == 0 else { throw TestFault("cannot set the mode of \(path)") }
    var sent = 0
    while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { throw TestFault("cannot write \(path)") }
        sent += count
    }
}

/// Size and permissions of a file; `nil` if it does not exist.
package func look(at path: String) -> (size: Int, mode: UInt32)? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return (Int(status.st_size), status.st_mode & 0o7777)
}
