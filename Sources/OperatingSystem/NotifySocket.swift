import Glibc

/// The socket at which a supervisor such as systemd hears how the service fares. Source: sd_notify(3), sd_watchdog_enabled(3).
///
/// Written by hand, as libsystemd would be a library more for a dozen lines, and one that links half a dozen others.
public final class NotifySocket: Sendable {
    /// How long a full socket may hold the caller up. A supervisor that hangs must not stop what it supervises.
    private static let timeout = timeval(tv_sec: 1, tv_usec: 0)

    /// Within how long the supervisor wants to hear a ping; `nil` when it does not watch this process. Never zero.
    public let watchdog: Duration?
    private let path: [UInt8]
    private let descriptor: Int32

    /// The socket that the environment names: a path, or a name in the abstract namespace that begins with `@`. `nil` when it names
    /// none, one of another family, or one longer than a socket's address can be.
    ///
    /// `WATCHDOG_USEC` counts microseconds, and holds for the process `WATCHDOG_PID`, if that is there, and for no child.
    public init?(environment: [String: String], pid: Int32 = getpid()) {
        var path = Array((environment["NOTIFY_SOCKET"] ?? "").utf8)
        // The address keeps a byte for the zero at its end.
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

    /// Sends assignments such as "READY=1" in one datagram, and says whether the supervisor's socket took it. Blocks for a second at
    /// most. The address is looked up each time: a supervisor that starts anew binds its socket anew.
    @discardableResult
    public func send(_ assignments: String...) -> Bool {
        let message = Array(assignments.joined(separator: "\n").utf8)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        // An abstract name ends with the length: a zero would be a part of it.
        let length = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + path.count } ?? 0
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL), $0, socklen_t(length))
                    == message.count
            }
        }
    }
}
