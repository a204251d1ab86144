import CLinux
import Glibc

/// The listening socket, and the handling of connections that cannot be accepted.
///
/// Used on the accepting loop only, after `init`.
final class Listener {
    /// The listening socket, non-blocking.
    let descriptor: Int32
    let boundAddress: String
    /// Whether the socket outlives the listener: inherited, or handed over at an in-place restart.
    var isKept: Bool
    /// A reserve descriptor, closed when none are left to accept and close a pending connection: a level-triggered accept that cannot
    /// succeed would spin.
    private var reserve: Int32
    /// TCP_NOTSENT_LOWAT: bytes a socket accepts before they can be sent. A client with a tiny window is sent tiny segments, and the
    /// kernel cuts everything it holds into them at once: 245 KB cost 0.5 ms, during which the loop serves no one else. Set on the
    /// listening socket, it is inherited by every connection.
    private static let unsentBytesMax: Int32 = 16_384

    enum Accepted {
        case connection(Int32, SocketAddress)
        /// No connection is pending.
        case nobody
        /// Out of descriptors or memory: a pending connection was rejected if possible; pause before the next accept.
        case exhausted(errno: Int32)
    }

    /// Binds and listens, or takes over the inherited socket.
    init(_ settings: ServerSettings) throws(ServerFault) {
        isKept = settings.inherited != nil
        if let inherited = settings.inherited {
            guard let name = SocketAddress.filled(by: { getsockname(inherited, $0, &$1) })?.0 else {
                throw ServerFault(
                    address: settings.listen, errno: errno,
                    description: "the inherited descriptor \(inherited) is not a listening socket")
            }
            descriptor = inherited
            Self.setOption(inherited, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, Self.unsentBytesMax)
            boundAddress = name.text
            reserve = Self.openNull()
            return
        }
        guard let address = SocketAddress(settings.listen) else {
            throw ServerFault(
                address: settings.listen, errno: 0,
                description:
                    "\"\(settings.listen)\" is not an address to listen on: use the form 127.0.0.1:8080 or [::1]:8080"
            )
        }
        let descriptor = socket(address.family, Int32(SOCK_STREAM.rawValue) | Self.flags, 0)
        guard descriptor >= 0 else { throw ServerFault.of(settings, address.port, errno: errno) }
        Self.setOption(descriptor, SOL_SOCKET, SO_REUSEADDR)
        Self.setOption(descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, Self.unsentBytesMax)
        guard address.withC({ bind(descriptor, $0, $1) }) == 0,
            listen(descriptor, Int32(settings.backlog)) == 0
        else {
            let error = errno
            close(descriptor)
            throw ServerFault.of(settings, address.port, errno: error)
        }
        let bound = SocketAddress.filled { getsockname(descriptor, $0, &$1) }
        self.descriptor = descriptor
        boundAddress = bound?.0.text ?? settings.listen
        reserve = Self.openNull()
    }

    deinit {
        if !isKept { close(descriptor) }
        if reserve >= 0 { close(reserve) }
    }

    private static let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

    private static func openNull() -> Int32 { open("/dev/null", O_RDONLY | O_CLOEXEC) }

    private static func setOption(
        _ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32 = 1
    ) {
        var value = value
        _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Accepts the next pending connection.
    func accept() -> Accepted {
        while true {
            if let (address, socket) = SocketAddress.filled(by: { accept4(descriptor, $0, &$1, Self.flags) })
            {
                Self.setOption(socket, Int32(IPPROTO_TCP), TCP_NODELAY)
                return .connection(socket, address)
            }
            let error = errno
            switch error {
            case EAGAIN: return .nobody
            case EMFILE, ENFILE:
                rejectOverCapacity()
                return .exhausted(errno: error)
            case ENOBUFS, ENOMEM, EBADF, EINVAL: return .exhausted(errno: error)
            // The connection's own error, such as ECONNABORTED: the next one may be fine.
            default: continue
            }
        }
    }

    private func rejectOverCapacity() {
        guard reserve >= 0 else {
            reserve = Self.openNull()
            return
        }
        close(reserve)
        let socket = accept4(descriptor, nil, nil, Self.flags)
        if socket >= 0 { close(socket) }
        reserve = Self.openNull()
    }
}

extension ServerFault {
    /// The fault of a system call that failed while binding.
    fileprivate static func of(_ settings: ServerSettings, _ port: UInt16, errno: Int32) -> ServerFault {
        let (address, setting) = (settings.listen, settings.names.listen)
        let description =
            switch errno {
            case EADDRINUSE: "port \(port) is in use: stop the other process or set \(setting)"
            case EACCES: "port \(port) requires a privilege: set \(setting) to a port above 1023"
            case EADDRNOTAVAIL:
                "this machine has no address \(address): set \(setting) to one of its addresses"
            default: "cannot listen on \(address): \(String(cString: strerror(errno)))"
            }
        return ServerFault(address: address, errno: errno, description: description)
    }
}
