import Glibc

/// The sockets that were open before this process began: from a supervisor, or from the program that it was until it became
/// this one. Source: sd_listen_fds(3); `ReplacementProgram` says what a program hands to itself.
public struct InheritedSockets: Sendable, Equatable {
    /// Where the listening socket comes from.
    public enum Origin: String, Sendable {
        /// A supervisor, which holds it too: whoever connects waits there when this process is gone.
        case supervisor
        /// This process alone.
        case itself
    }

    /// Why what was handed over cannot be used: what is wrong with it, and what to do.
    public struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
        /// The whole message.
        public let description: String
    }

    /// The listening socket, nonblocking, closed on `exec`.
    public let listening: Int32
    /// Who holds the listening socket.
    public let origin: Origin
    /// Connections that the program before has left open, each between two requests.
    public let connections: [Int32]
    /// When the program before began to hand over, in nanoseconds of the monotonic clock; `nil` when there was none.
    public let handedOverNanoseconds: Int64?

    /// What a program tells itself beside `LISTEN_FDS`: the origin, when it began, the connections' descriptors.
    static let restartVariable = "DRUMBEAT_HANDOVER"
    private static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", restartVariable]
    /// The name that picks one of several sockets: `FileDescriptorName=http`.
    private static let name = "http"
    /// Far more than any unit has.
    private static let socketsMax: Int32 = 1_024

    /// Takes over what the environment names for this process, and takes the variables out of it, so that no child believes them.
    ///
    /// `nil` when nothing was handed to this process. Of several sockets it takes the one with the name `http`, and leaves the
    /// others alone. Throws a `Fault` for what is no listening TCP socket. Call it before there are other threads. `first` is
    /// 3 but in tests.
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
        // Ours to close on exec, whether we use them or not, and never ours to close.
        for descriptor in first..<(first + count) { closeOnExec(descriptor) }
        let listening = try first + index(among: count, named: environment["LISTEN_FDNAMES"] ?? "")
        try check(listening)
        let flags = fcntl(listening, F_GETFL)
        _ = fcntl(listening, F_SETFL, flags | O_NONBLOCK)
        let restart = environment[restartVariable].flatMap(RestartRecord.init)
        return InheritedSockets(
            listening: listening, origin: restart?.origin ?? .supervisor,
            connections: (restart?.connections ?? []).filter { isConnection($0) },
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

    /// The variable's text, and what it says.
    struct RestartRecord {
        var origin: Origin
        var nanoseconds: Int64
        var connections: [Int32]

        init(origin: Origin, nanoseconds: Int64, connections: [Int32]) {
            self.origin = origin
            self.nanoseconds = nanoseconds
            self.connections = connections
        }

        init?(_ text: String) {
            let parts = text.split(separator: " ")
            guard parts.count >= 2, let origin = Origin(rawValue: String(parts[0])),
                let nanoseconds = Int64(parts[1])
            else { return nil }
            self.origin = origin
            self.nanoseconds = nanoseconds
            connections = parts.dropFirst(2).compactMap { Int32($0) }
        }

        var text: String {
            ([origin.rawValue, "\(nanoseconds)"] + connections.map { "\($0)" }).joined(separator: " ")
        }
    }
}
