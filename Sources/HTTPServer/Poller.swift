import CLinux
import Glibc

/// An epoll instance and the eventfd that wakes it.
///
/// `wake` may be called from any thread, everything else on the loop only. The descriptors live as long as the poller, so that a late
/// `wake` never writes to a reused descriptor.
final class Poller: @unchecked Sendable {  // A buffer of C structs that only the loop uses.
    /// Tag of the listening socket's events.
    static let listenerTag = UInt64.max
    /// Tag of a wake-up from another thread.
    static let wakeTag = UInt64.max - 1

    /// Upper bound of events per wait.
    static let eventsMax = 512

    /// Bytes arrived, or the peer has shut down sending.
    static let readable = EPOLLIN.rawValue | EPOLLRDHUP.rawValue
    /// The peer has shut down sending; unread bytes may precede the end.
    static let finished = EPOLLRDHUP.rawValue
    /// There is room to send.
    static let writable = EPOLLOUT.rawValue
    /// The connection is closed in both directions.
    static let gone = EPOLLERR.rawValue | EPOLLHUP.rawValue

    /// The epoll descriptor; readable when there are events.
    let descriptor: Int32
    private let wakeup: Int32
    private let events: UnsafeMutablePointer<epoll_event>

    /// `nil` when no descriptors are left.
    init?() {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        wakeup = eventfd(0, Int32(EFD_NONBLOCK) | Int32(EFD_CLOEXEC))
        guard wakeup >= 0 else {
            close(descriptor)
            return nil
        }
        events = .allocate(capacity: Self.eventsMax)
        events.initialize(repeating: epoll_event(), count: Self.eventsMax)
        _ = add(wakeup, EPOLLIN.rawValue, tag: Self.wakeTag)
    }

    deinit {
        close(descriptor)
        close(wakeup)
        events.deallocate()
    }

    /// Watches a connection's socket, edge-triggered, until it is closed.
    func watch(_ socket: Int32, tag: UInt64) -> Bool {
        add(socket, Self.readable | Self.writable | EPOLLET.rawValue, tag: tag)
    }

    /// Watches the listening socket, level-triggered.
    func watchListener(_ socket: Int32) {
        _ = add(socket, EPOLLIN.rawValue, tag: Self.listenerTag)
    }

    /// Stops watching a socket that stays open.
    func forget(_ socket: Int32) {
        var event = epoll_event()
        _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, socket, &event)
    }

    private func add(_ socket: Int32, _ interest: UInt32, tag: UInt64) -> Bool {
        var event = epoll_event()
        event.events = interest
        event.data.u64 = tag
        return epoll_ctl(descriptor, EPOLL_CTL_ADD, socket, &event) == 0
    }

    /// Calls `body` with each pending event, waiting at most `timeout` milliseconds; returns their number. `arrived` is called after the
    /// wait, before the first event.
    func poll(
        timeout: Int32, arrived: () -> Void, _ body: (_ tag: UInt64, _ events: UInt32) -> Void
    ) -> Int {
        let count = Int(epoll_wait(descriptor, events, Int32(Self.eventsMax), timeout))
        guard count > 0 else { return 0 }
        arrived()
        for index in 0..<count { body(events[index].data.u64, events[index].events) }
        return count
    }

    /// Wakes the loop. Any thread.
    func wake() {
        var one: UInt64 = 1
        _ = write(wakeup, &one, 8)
    }

    /// Resets the eventfd after a wake-up.
    func acknowledgeWake() {
        var count: UInt64 = 0
        _ = read(wakeup, &count, 8)
    }
}
