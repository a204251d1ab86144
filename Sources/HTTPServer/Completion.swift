import HTTP

/// Which connection: a slot of its loop, and which tenant of the slot, so that what is meant for one that is
/// gone never reaches the next.
struct ConnectionKey: Sendable, Equatable {
    let slot: UInt32
    let generation: UInt32

    init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// The key in an epoll event.
    init(tag: UInt64) {
        self.init(slot: UInt32(truncatingIfNeeded: tag), generation: UInt32(truncatingIfNeeded: tag >> 32))
    }

    /// What an epoll event carries. A generation never reaches the poller's own tags.
    var tag: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// A responder's answer on its way to the connection that waits for it.
struct Completion: Sendable {
    let key: ConnectionKey
    /// Which request of the connection; an answer to any other is late or double, and ignored.
    let serial: UInt32
    let response: Response
}
