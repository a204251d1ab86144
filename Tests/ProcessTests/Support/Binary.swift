import Glibc
import TestSupport
import Testing

/// These tests run the real binary as a child process. Serialized, because they measure times and need both cores.
@Suite(.serialized) enum Binary {
    /// The binary under test, which the build puts next to the test bundle.
    static let path: String = {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let bundle = String(
            decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folders = [
            bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/"),
            repository + "/.build/debug",
        ]
        return folders.map { $0 + "/drumbeat" }.first { access($0, X_OK) == 0 } ?? "drumbeat"
    }()
}
