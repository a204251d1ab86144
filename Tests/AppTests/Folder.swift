import Glibc
import Platform
import Testing

/// A temporary folder, gone with its value; may hold files and one level of folders.
final class Folder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/drumbeat-app-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        path = try #require(made, "no temporary folder")
    }

    deinit { Folder.remove(path) }

    /// Writes a file, over what was there, and answers its path.
    @discardableResult
    func write(_ name: String, _ text: String, mode: UInt16 = 0o600) throws -> String {
        try write(name, Array(text.utf8), mode: mode)
    }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8], mode: UInt16 = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        for (index, byte) in name.utf8.enumerated() where byte == UInt8(ascii: "/") {
            mkdir(path + "/" + String(decoding: name.utf8.prefix(index), as: UTF8.self), 0o700)
        }
        unlink(file)
        try Files.writeNew(file, bytes, mode: mode)
        chmod(file, mode_t(mode))
        return file
    }

    private static func remove(_ path: String) {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                if name != ".", name != "..", unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
            }
            closedir(folder)
        }
        rmdir(path)
    }
}
