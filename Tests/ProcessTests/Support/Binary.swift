import Glibc
import Testing

/// Everything here runs the real binary as a child process. One test at a time: they measure moments, and two cores are few.
@Suite(.serialized) enum Binary {
    /// The repository's top folder.
    static let repository: String = {
        // Tests/ProcessTests/Support/Binary.swift
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(4).joined(separator: "/")
    }()

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

    /// Whether long random tests run in their short form. `make test` asks for it, `make test-all` for the long one, which is also
    /// what runs when nobody says.
    static let isShort = getenv("DRUMBEAT_TEST_LENGTH").map { String(cString: $0) } == "short"

    /// How long anything may take that should take milliseconds.
    static let patience = Duration.seconds(20)
}

/// What a test could not do, in words.
struct TestFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The moment by which something must have happened, on the monotonic clock.
struct Deadline {
    private let moment: ContinuousClock.Instant

    init(_ limit: Duration) {
        moment = ContinuousClock.now + limit
    }

    /// What is left, in milliseconds, never negative; as `poll` wants it.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = max(.zero, moment - .now).components
        return Int32(min(seconds, 3_600) * 1_000 + attoseconds / 1_000_000_000_000_000)
    }

    var hasPassed: Bool { moment <= .now }
}

/// Asks again every 20 ms until it is so; for what gives no signal that one could wait for.
func becomes(within limit: Duration = Binary.patience, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Deadline(limit)
    while true {
        if try condition() { return true }
        if deadline.hasPassed { return false }
        poll(nil, 0, 20)
    }
}
