import Glibc

/// Notifies a supervisor such as systemd of the service's state. Source: sd_notify(3), sd_watchdog_enabled(3).
///
/// Implemented here because libsystemd would be one more library, with half a dozen dependencies, for a few lines.
public final class NotifySocket: Sendable {
    /// Upper bound of a blocking send: a hanging supervisor must not stop the service.
    private static let timeout = timeval(tv_sec: 1, tv_usec: 0)

    /// The supervisor's watchdog timeout; `nil` if it does not watch this process. Never zero.
    public let watchdog: Duration?
    private let path: [UInt8]
    private let descriptor: Int32

    /// The socket named by the environment: a path, or a name in the abstract namespace, which begins with `@`. `nil` if there is none, or
    /// if it belongs to another family or does not fit into a socket address.
    ///
    /// `WATCHDOG_USEC` is in microseconds. It applies only to the process `WATCHDOG_PID`, if that is set, and not to its children.
    public init?(environment: [String: String], pid: Int32 = getpid()) {
        var path = Array((environment["NOTIFY_SOCKET"] ?? "").utf8)
        // One byte is reserved for the terminating zero.
        guard path.count > 1, path.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path),
            path[0] == 0x2F || path[0] == 0x40
        else { return nil }
        if path[0] == 0x40 { path[0] = 0 }
        self.path = path
        let isOurs = environment["WATCHDOG_PID"].map { Int32($0) == pid } ?? true
        watchdog = environment["WATCHDOG_USEC"].flatMap { Int64($0) }
            .flatMap { isOurs && $0 > 0 ? .microseconds($0) : nil }
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var limit = Self.timeout
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
    }

    /// Sends assignments such as "READY=1" in one datagram; `false` if the supervisor's socket did not accept it. Blocks for at most one
    /// second. The address is looked up for each datagram, because a restarted supervisor binds its socket again.
    @discardableResult
    public func send(_ assignments: String...) -> Bool {
        let message = Array(assignments.joined(separator: "\n").utf8)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        // The length ends an abstract name; a terminating zero would be part of it.
        let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + path.count } ?? 0
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0, socklen_t(length))
                    == message.count
            }
        }
    }
}
