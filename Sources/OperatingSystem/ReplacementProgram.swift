@preconcurrency import Dispatch
import Glibc
import Time

/// The successor of this process at an in-place restart: `exec` with the same process id, arguments and environment. A new binary or
/// configuration takes effect while the listening socket and idle connections stay open.
///
/// The binary is found by the name in `arguments[0]`: `/proc/self/exe` would be the old file even after that was replaced.
public struct ReplacementProgram: Sendable {
    /// Timeout of `objection`.
    private static let checkLimit: Duration = .seconds(20)
    private static let objectionBytesMax = 4_096
    /// Upper bound of connections passed on. Linux limits one environment string to 128 KiB; 12,000 connections need 72 KiB.
    public static let connectionsMax = 16_384

    private let arguments: [String]
    private let checkLimit: Duration

    /// `arguments` begins with the program's name.
    public init(arguments: [String]) {
        self.init(arguments: arguments, checkLimit: Self.checkLimit)
    }

    /// With another timeout of `objection`; for tests.
    init(arguments: [String], checkLimit: Duration) {
        self.arguments = arguments
        self.checkLimit = checkLimit
    }

    /// Runs the new binary with the arguments `command` and returns why it is unusable: its output on standard error, or why it could not
    /// be run. `nil` if it exited with 0, or with `allowed` and nothing on standard error. Blocks for at most 20 s.
    public func objection(asking command: [String], allowing allowed: Int32 = 0) -> String? {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return "no file descriptors are left to check the new program" }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let started = spawn(command, errors: ends[1])
        close(ends[1])
        guard case .success(let pid) = started else {
            if case .failure(let error) = started {
                return "\(name) cannot be run: \(String(cString: strerror(error.code)))"
            }
            return nil
        }
        // At the timeout the whole process group is killed, which also ends `readAll`.
        let timer = DispatchSource.makeTimerSource()
        timer.schedule(deadline: .now() + .nanoseconds(checkLimit.nanosecondsToWait))
        timer.setEventHandler { kill(-pid, SIGKILL) }
        timer.activate()
        let said = readAll(ends[0])
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
        timer.cancel()
        if status == 0 { return nil }
        let words = command.joined(separator: " ")
        if status & 0x7F != 0 {
            return
                "\(name) \(words) was killed by signal \(status & 0x7F); the time limit is \(checkLimit)"
        }
        guard said.isEmpty else { return said }
        let code = (status >> 8) & 0xFF
        return code == allowed ? nil : "\(name) \(words) exited with code \(code)"
    }

    private var name: String { arguments.first ?? "drumbeat" }

    private struct SpawnFailure: Error { let code: Int32 }

    private func spawn(_ command: [String], errors: Int32) -> Result<pid_t, SpawnFailure> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        // A process group of its own, so that its children are killed too.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var words = ([name] + command).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, name, &actions, &attributes, &words, environ)
        return code == 0 ? .success(pid) : .failure(SpawnFailure(code: code))
    }

    private func readAll(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            // Reads to the end even beyond the limit: a full pipe would block the child.
            bytes += chunk.prefix(min(count, Self.objectionBytesMax - bytes.count))
        }
        while bytes.last == 0x0A { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Replaces this process by the successor. Returns only on failure, with the reason; the last attempt is the running program's own
    /// file.
    ///
    /// The kernel closes every descriptor except the first three, the listening socket and the connections. Before the call, the store must
    /// be closed, and all threads except Dispatch's must have ended. Signals in `held` that arrive meanwhile stay pending for the
    /// successor.
    public func become(
        listening: Int32, origin: InheritedSockets.Origin, connections: [Int32], strangers: Set<Int32>,
        since nanoseconds: Int64, holding held: [Int32]
    ) -> String {
        closeOthersOnExec()
        // sd_listen_fds(3) requires the listening socket to be descriptor 3.
        var strangers = strangers
        let kept = connections.prefix(Self.connectionsMax).compactMap { connection -> Int32? in
            guard connection == 3 else { return connection }
            let moved = fcntl(connection, F_DUPFD, 4)
            if strangers.contains(3) { strangers.insert(moved) }
            return moved < 0 ? nil : moved
        }
        for connection in kept { _ = fcntl(connection, F_SETFD, 0) }
        if listening == 3 { _ = fcntl(3, F_SETFD, 0) } else { _ = dup2(listening, 3) }
        let restart = InheritedSockets.RestartRecord(
            origin: origin, nanoseconds: nanoseconds, connections: kept, strangers: strangers)
        setenv("LISTEN_PID", "\(getpid())", 1)
        setenv("LISTEN_FDS", "1", 1)
        setenv("LISTEN_FDNAMES", "http", 1)
        setenv(InheritedSockets.restartVariable, restart.text, 1)
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in held { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_SETMASK, &signals, nil)
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        execvp(name, &words)
        let error = errno
        execv("/proc/self/exe", &words)
        return "\(name): \(String(cString: strerror(error)))"
    }

    private func closeOthersOnExec() {
        guard let listing = opendir("/proc/self/fd") else { return }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            let digits = withUnsafeBytes(of: entry.pointee.d_name) { $0.prefix { $0 != 0 }.map { $0 } }
            guard let descriptor = Int32(String(decoding: digits, as: UTF8.self)), descriptor > 2 else {
                continue
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }
}
