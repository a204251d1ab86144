import Glibc
import Testing

/// A folder of a test's own, removed with all it holds when the test lets go of it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/drumbeat-process-XXXXXX".utf8CString)
        path = String(cString: try #require(mkdtemp(&template)))
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

    /// The names in a folder, without `.` and `..`.
    static func names(in folder: String) -> [String] {
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

    /// The path of a file in it.
    func file(_ name: String) -> String { path + "/" + name }

    /// Writes a file in it anew, and answers with its path.
    @discardableResult func write(_ name: String, _ text: String, mode: mode_t = 0o600) throws -> String {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        try #require(descriptor >= 0, "cannot make \(file(name))")
        defer { close(descriptor) }
        try #require(fchmod(descriptor, mode) == 0)
        let bytes = Array(text.utf8)
        try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
        return file(name)
    }
}

/// A file's text.
func text(of path: String) throws -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    try #require(descriptor >= 0, "cannot open \(path)")
    defer { close(descriptor) }
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(descriptor, &chunk, chunk.count), count > 0 { all += chunk.prefix(count) }
    return String(decoding: all, as: UTF8.self)
}

/// Size and permissions of a file; `nil` when there is none.
func look(at path: String) -> (size: Int, mode: UInt32)? {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    return (Int(status.st_size), status.st_mode & 0o7777)
}
