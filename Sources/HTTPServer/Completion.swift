import HTTP

/// Identifies a connection: a slot of its loop, and the generation of the slot, so that a late event or answer never reaches the slot's
/// next connection.
struct ConnectionKey: Sendable, Equatable {
    let slot: UInt32
    let generation: UInt32

    init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// The key stored in an epoll event.
    init(tag: UInt64) {
        self.init(slot: UInt32(truncatingIfNeeded: tag), generation: UInt32(truncatingIfNeeded: tag >> 32))
    }

    /// The value stored in an epoll event. A generation never reaches the poller's reserved tags.
    var tag: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// A responder's answer on its way to the waiting connection.
struct Completion: Sendable {
    let key: ConnectionKey
    /// The request's number on its connection. An answer with another number is late or duplicate, and ignored.
    let serial: UInt32
    let response: Response
}
