import Glibc
import Testing

/// A python3 script as a child process, with pipes to both ends.
///
/// `DRUMBEAT_TEST_PYTHON` names the folder of a virtual environment; without it the `python3` of the path
/// runs.
final class Python {
    private let process: pid_t
    private var input: Int32
    private let output: Int32
    private var unread: [UInt8] = []

    init(_ script: String, _ arguments: [String] = []) throws {
        var toChild: [Int32] = [-1, -1]
        var fromChild: [Int32] = [-1, -1]
        try #require(pipe(&toChild) == 0 && pipe(&fromChild) == 0)
        // Another script that inherited an end would keep this one from seeing that its input has ended.
        for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)

        let folder = getenv("DRUMBEAT_TEST_PYTHON").map { String(cString: $0) } ?? ""
        let command = folder.isEmpty ? "python3" : folder + "/bin/python3"
        var words: [UnsafeMutablePointer<CChar>?] = ([command, "-c", script] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let code = posix_spawnp(&process, command, &actions, nil, words, environ)
        close(toChild[0])
        close(fromChild[1])
        input = toChild[1]
        output = fromChild[0]
        self.process = process
        try #require(
            code == 0,
            "cannot start \(command): install python3, or set DRUMBEAT_TEST_PYTHON to a virtual environment")
    }

    deinit {
        closeInput()
        close(output)
    }

    /// The next line, without its end; `nil` at the end of what the script writes.
    func line() -> String? {
        while true {
            if let end = unread.firstIndex(of: 0x0A) {
                defer { unread.removeFirst(end + 1) }
                return String(decoding: unread[..<end], as: UTF8.self)
            }
            var piece = [UInt8](repeating: 0, count: 4_096)
            let count = read(output, &piece, piece.count)
            guard count > 0 else { return nil }
            unread += piece.prefix(count)
        }
    }

    /// Closes the script's input, by which it learns to end, and gives its exit status.
    func finish() -> Int32 {
        closeInput()
        var status: Int32 = 0
        while waitpid(process, &status, 0) == -1, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : -1
    }

    private func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }
}
