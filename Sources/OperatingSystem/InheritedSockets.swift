import Glibc

/// Sockets that were open before this process started: passed by a supervisor (socket activation), or by the previous program at an
/// in-place restart. Source: sd_listen_fds(3); `ReplacementProgram` defines what a program passes to its successor.
public struct InheritedSockets: Sendable, Equatable {
    /// Owner of the listening socket.
    public enum Origin: String, Sendable {
        /// A supervisor, which also holds the socket: new connections wait in its backlog while this process is stopped.
        case supervisor
        /// This process alone.
        case itself
    }

    /// Why the inherited sockets cannot be used, and what to do.
    public struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
        /// The whole message.
        public let description: String
    }

    /// The listening socket, non-blocking and close-on-exec.
    public let listening: Int32
    public let origin: Origin
    /// Connections that the previous program left open, each between two requests.
    public let connections: [Int32]
    /// Those of them that had shown no valid credentials.
    public let strangers: Set<Int32>
    /// When the previous program began the restart, in nanoseconds of the monotonic clock; `nil` without one.
    public let handedOverNanoseconds: Int64?

    /// Variable that a program passes to its successor along with `LISTEN_FDS`: origin, start of the restart, descriptors of connections
    /// (with an `s` for one without valid credentials).
    static let restartVariable = "DRUMBEAT_HANDOVER"
    private static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", restartVariable]
    /// Selects one of several sockets: `FileDescriptorName=http`.
    private static let name = "http"
    /// Upper bound of inherited sockets; far more than any systemd unit has.
    private static let socketsMax: Int32 = 1_024

    /// Takes over the sockets that the environment names for this process, and unsets the variables, so that no child process uses them.
    ///
    /// `nil` if there are none. Of several sockets, uses the one named `http` and leaves the others alone. Throws a `Fault` if it is not a
    /// listening TCP socket. Call it before other threads are started. `first` is 3 except in tests.
    public static func take(
        environment: [String: String], pid: Int32 = getpid(), first: Int32 = 3
    ) throws(Fault) -> InheritedSockets? {
        for variable in variables { unsetenv(variable) }
        guard let owner = environment["LISTEN_PID"], Int32(owner) == pid, let text = environment["LISTEN_FDS"]
        else { return nil }
        guard let count = Int32(text), (0...socketsMax).contains(count) else {
            throw Fault(
                description: "LISTEN_FDS=\(text): must be the number of sockets passed, usually 1.")
        }
        guard count > 0 else { return nil }
        // All are set close-on-exec, even the unused ones; those are never closed here.
        for descriptor in first..<(first + count) { closeOnExec(descriptor) }
        let listening = try first + index(among: count, named: environment["LISTEN_FDNAMES"] ?? "")
        try check(listening)
        let flags = fcntl(listening, F_GETFL)
        _ = fcntl(listening, F_SETFL, flags | O_NONBLOCK)
        let restart = environment[restartVariable].flatMap(RestartRecord.init)
        return InheritedSockets(
            listening: listening, origin: restart?.origin ?? .supervisor,
            connections: (restart?.connections ?? []).filter { isConnection($0) },
            strangers: restart?.strangers ?? [],
            handedOverNanoseconds: restart?.nanoseconds)
    }

    private static func index(among count: Int32, named text: String) throws(Fault) -> Int32 {
        guard count > 1 else { return 0 }
        let names = text.split(separator: ":", omittingEmptySubsequences: false).prefix(Int(count))
        let fitting = names.indices.filter { names[$0].utf8.elementsEqual(name.utf8) }
        guard fitting.count == 1, let index = fitting.first else {
            throw Fault(
                description:
                    "\(count) sockets were passed, and \(fitting.count) of them have the name http: pass one, "
                    + "or set FileDescriptorName=http on exactly one.")
        }
        return Int32(index)
    }

    private static func check(_ descriptor: Int32) throws(Fault) {
        let said = "Descriptor \(descriptor), passed by LISTEN_FDS,"
        guard let type = option(descriptor, SO_TYPE) else {
            throw Fault(
                description:
                    "\(said) is not a socket: remove LISTEN_FDS from the environment, or pass a socket.")
        }
        guard type == Int32(SOCK_STREAM.rawValue) else {
            throw Fault(
                description:
                    "\(said) is not a stream socket: use only ListenStream= in the socket unit.")
        }
        let family = option(descriptor, SO_DOMAIN)
        guard family == AF_INET || family == AF_INET6 else {
            throw Fault(
                description:
                    "\(said) has no address and port: set them in the socket unit, as in ListenStream=127.0.0.1:8080."
            )
        }
        guard option(descriptor, SO_ACCEPTCONN) == 1 else {
            throw Fault(
                description:
                    "\(said) is a connection, not a listening socket: set Accept=no in the socket unit.")
        }
    }

    private static func isConnection(_ descriptor: Int32) -> Bool {
        guard option(descriptor, SO_TYPE) == Int32(SOCK_STREAM.rawValue),
            option(descriptor, SO_ACCEPTCONN) == 0
        else { return false }
        closeOnExec(descriptor)
        return true
    }

    private static func closeOnExec(_ descriptor: Int32) {
        let flags = fcntl(descriptor, F_GETFD)
        if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
    }

    private static func option(_ descriptor: Int32, _ option: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, option, &value, &length) == 0 ? value : nil
    }

    /// The content of the variable `restartVariable`.
    struct RestartRecord {
        var origin: Origin
        var nanoseconds: Int64
        var connections: [Int32]
        var strangers: Set<Int32>

        init(origin: Origin, nanoseconds: Int64, connections: [Int32], strangers: Set<Int32>) {
            self.origin = origin
            self.nanoseconds = nanoseconds
            self.connections = connections
            self.strangers = strangers
        }

        init?(_ text: String) {
            let parts = text.split(separator: " ")
            guard parts.count >= 2, let origin = Origin(rawValue: String(parts[0])),
                let nanoseconds = Int64(parts[1])
            else { return nil }
            self.origin = origin
            self.nanoseconds = nanoseconds
            let marked = parts.dropFirst(2).filter { $0.utf8.last == Self.strangerMark }.compactMap {
                Int32($0.dropLast())
            }
            strangers = Set(marked)
            connections = parts.dropFirst(2).compactMap { Int32($0) } + marked
        }

        /// Follows the descriptor of a connection without valid credentials.
        private static let strangerMark = UInt8(ascii: "s")

        var text: String {
            let words = connections.map { strangers.contains($0) ? "\($0)s" : "\($0)" }
            return ([origin.rawValue, "\(nanoseconds)"] + words).joined(separator: " ")
        }
    }
}
