import Addresses
import Glibc
import HTTP

extension EventLoop {
    /// The connection with that key; `nil` if it is closed.
    func connection(_ key: ConnectionKey) -> Connection? {
        let slot = Int(key.slot)
        guard connections.indices.contains(slot), generations[slot] == key.generation else { return nil }
        return connections[slot]
    }

    /// Sets the expiry of a connection, in the loop's milliseconds.
    func setDeadline(_ deadline: Int64, of key: ConnectionKey) {
        deadlines[Int(key.slot)] = deadline
    }

    /// Registers a socket as a connection. Closes it and returns `nil` when it cannot be watched.
    func adopt(
        _ socket: Int32, _ address: SocketAddress, _ authState: ConnectionLimiter.AuthState, proxy: IPAddress?
    ) -> Connection? {
        let key = takeSlot()
        let connection = Connection(
            descriptor: socket, key: key, address: address, proxy: proxy,
            authState: authState, parser: RequestParser(rules), now: now)
        connections[Int(key.slot)] = connection
        openCount += 1
        guard poller.watch(socket, tag: key.tag) else {
            connection.close(self)
            return nil
        }
        updateTicking()
        return connection
    }

    private func takeSlot() -> ConnectionKey {
        if let slot = freeSlots.popLast() {
            return ConnectionKey(slot: slot, generation: generations[Int(slot)])
        }
        connections.append(nil)
        deadlines.append(.max)
        generations.append(0)
        return ConnectionKey(slot: UInt32(connections.count - 1), generation: 0)
    }

    /// Removes a connection whose socket is closed or handed over.
    func remove(_ connection: Connection) {
        let slot = Int(connection.key.slot)
        connections[slot] = nil
        deadlines[slot] = .max
        // The highest generations are the poller's reserved tags.
        generations[slot] = (generations[slot] &+ 1) & 0x7FFF_FFFF
        freeSlots.append(connection.key.slot)
        openCount -= 1
        limiter.leave(connection.authState)
        if connection.isLeaving { dismissedCount -= 1 }
        updateTicking()
        reportIfDrained()
    }

    /// Slots examined per search, so that the cost of an accept is independent of the number of connections.
    private static let searchedMax = 64
    /// Minimum idle time of a connection that is closed to make room.
    private static let idleMillisecondsMin: Int64 = 1_000

    /// Makes room for a new connection when no owner has more than its share: closes the known connection that has been idle longest among
    /// the next slots. `false` when there is none.
    func makeRoom() -> Bool {
        var longest: Connection?
        for _ in 0..<min(Self.searchedMax, connections.count) {
            searchedSlot = (searchedSlot + 1) % connections.count
            guard let connection = connections[searchedSlot], case .known = connection.authState,
                connection.isIdle, now - connection.idleSince >= Self.idleMillisecondsMin,
                connection.idleSince < longest?.idleSince ?? .max
            else { continue }
            longest = connection
        }
        // A write may wait in its socket.
        guard let longest, limiter.reserveEnding() else { return false }
        longest.giveWay(self)
        return true
    }
}
