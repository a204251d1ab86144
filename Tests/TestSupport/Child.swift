import Glibc
import Synchronization
import Threads

/// A child process whose output and errors are collected. `deinit` kills it.
package final class Child: Sendable {
    package enum Ending: Equatable, Sendable {
        case exited(Int32)
        case killed(by: Int32)
    }

    package let pid: pid_t
    package let output: Collected
    package let errors: Collected
    /// Write end of the pipe to its standard input.
    private let input: Mutex<Int32>
    private let state: EndState
    private let reaper: WorkerThread

    /// Signals are sent under the lock, so that none reaches another process with a reused id.
    private final class EndState: Sendable {
        let ending = Mutex<Ending?>(nil)
    }

    /// Starts `command` (found through PATH) in a folder. Its environment has only the given variables, PATH and HOME.
    package init(_ command: [String], in folder: String, _ environment: [String: String] = [:]) throws {
        var pipes: [[Int32]] = []
        for _ in 0..<3 {
            var ends: [Int32] = [-1, -1]
            guard pipe(&ends) == 0 else { throw TestFault("cannot make a pipe") }
            // A descriptor inherited by another child would keep this child's output open.
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            pipes.append(ends)
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, pipes[0][0], 0)
        posix_spawn_file_actions_adddup2(&actions, pipes[1][1], 1)
        posix_spawn_file_actions_adddup2(&actions, pipes[2][1], 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The child must not inherit the test process's ignored or blocked signals.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGPIPE, SIGXFSZ, SIGTERM, SIGINT] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var environment = environment
        for name in ["PATH", "HOME", "LD_LIBRARY_PATH"] where environment[name] == nil {
            environment[name] = getenv(name).map { String(cString: $0) }
        }
        // `env` changes the folder and then executes the command: Glibc's module lacks the spawn action for that.
        var words = (["env", "-C", folder] + command).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, "env", &actions, &attributes, &words, &variables)
        close(pipes[0][0])
        close(pipes[1][1])
        close(pipes[2][1])
        guard code == 0 else {
            throw TestFault("cannot start \(command[0]): \(String(cString: strerror(code)))")
        }
        self.pid = pid
        input = Mutex(pipes[0][1])
        output = Collected(reading: pipes[1][0])
        errors = Collected(reading: pipes[2][0])
        let state = EndState()
        self.state = state
        reaper = WorkerThread(name: "reaper") { [pid] in
            var info = siginfo_t()
            while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) == -1, errno == EINTR {}
            state.ending.withLock { ending in
                var status: Int32 = 0
                waitpid(pid, &status, 0)
                ending = status & 0x7F == 0 ? .exited((status >> 8) & 0xFF) : .killed(by: status & 0x7F)
            }
        }
        reaper.start()
    }

    deinit {
        signal(SIGKILL)
        closeInput()
    }

    /// Sends a signal, unless the process has ended.
    package func signal(_ number: Int32) {
        state.ending.withLock { ending in
            if ending == nil { kill(pid, number) }
        }
    }

    package func write(_ text: String) {
        let bytes = Array(text.utf8)
        input.withLock { _ = Glibc.write($0, bytes, bytes.count) }
    }

    /// Closes its standard input.
    package func closeInput() {
        input.withLock { input in
            if input >= 0 { close(input) }
            input = -1
        }
    }

    /// `nil` while it runs.
    package var ending: Ending? { state.ending.withLock { $0 } }

    /// Waits for its end; `nil` on timeout.
    package func wait(within limit: Duration = Deadline.usual) -> Ending? {
        guard reaper.join(within: limit) else { return nil }
        return ending
    }

    /// Kills it and waits for its end.
    package func end() {
        signal(SIGKILL)
        _ = wait()
    }

    /// Runs a command and waits for its end.
    package static func run(
        _ command: [String], in folder: String, _ environment: [String: String] = [:], input: String? = nil,
        within limit: Duration = Deadline.usual
    ) throws -> (ending: Ending, output: String, errors: String) {
        let child = try Child(command, in: folder, environment)
        if let input { child.write(input) }
        child.closeInput()
        guard let ending = child.wait(within: limit) else {
            throw TestFault("\(command) still ran after \(limit): \(child.errors.text)")
        }
        // A grandchild may keep the pipes open for longer.
        _ = child.output.finish(within: .seconds(1)) && child.errors.finish(within: .seconds(1))
        return (ending, child.output.text, child.errors.text)
    }
}
