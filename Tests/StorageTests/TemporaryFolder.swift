import Glibc
import Testing

/// A folder of a test's own, removed with all it holds when the test lets go of it.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/drumbeat-storage-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
    }

    deinit {
        Self.empty(path)
        rmdir(path)
    }

    private static func empty(_ folder: String) {
        guard let listing = opendir(folder) else { return }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            let path = folder + "/" + name
            if unlink(path) == 0 { continue }
            empty(path)
            rmdir(path)
        }
    }

    /// The path of a file in it.
    func file(_ name: String) -> String { path + "/" + name }
}

/// A file's bytes; only for files that no connection has open.
func bytes(of path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY)
    try #require(descriptor >= 0, "cannot open \(path)")
    defer { close(descriptor) }
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(descriptor, &chunk, chunk.count), count > 0 { all += chunk.prefix(count) }
    return all
}

/// Writes a file anew.
func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode)
    try #require(descriptor >= 0, "cannot make \(path)")
    defer { close(descriptor) }
    try #require(fchmod(descriptor, mode) == 0)
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
}

/// Size and permissions of a file; `nil` when there is none.
func look(at path: String) -> (size: Int, mode: UInt32)? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return (Int(status.st_size), status.st_mode & 0o7777)
}
