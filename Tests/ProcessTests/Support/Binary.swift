import Glibc
import TestSupport
import Testing

/// Everything here runs the real binary as a child process. One test at a time: they measure moments, and two cores are few.
@Suite(.serialized) enum Binary {
    /// The program under test, which the build puts beside the test bundle.
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
