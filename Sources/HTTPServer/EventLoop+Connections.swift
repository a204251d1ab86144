import Glibc
import HTTP

extension EventLoop {
    /// The connection with that key, unless it is gone.
    func connection(_ key: ConnectionKey) -> Connection? {
        let slot = Int(key.slot)
        guard connections.indices.contains(slot), generations[slot] == key.generation else { return nil }
        return connections[slot]
    }

    /// Sets when the connection expires, in milliseconds.
    func setDeadline(_ deadline: Int64, of key: ConnectionKey) {
        deadlines[Int(key.slot)] = deadline
    }

    /// Takes a socket in; `nil` when it cannot be watched, and is closed.
    func adopt(_ socket: Int32, _ address: SocketAddress, isCounted: Bool) -> Connection? {
        let key = takeSlot()
        let connection = Connection(
            descriptor: socket, key: key, address: address, isCounted: isCounted,
            parser: RequestParser(rules), now: now)
        connections[Int(key.slot)] = connection
        openCount += 1
        if !isCounted { refusedCount += 1 }
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

    /// Forgets a connection whose socket is closed.
    func remove(_ connection: Connection) {
        let slot = Int(connection.key.slot)
        connections[slot] = nil
        deadlines[slot] = .max
        // The highest generations are the poller's own tags.
        generations[slot] = (generations[slot] &+ 1) & 0x7FFF_FFFF
        freeSlots.append(connection.key.slot)
        openCount -= 1
        if connection.isCounted {
            census.leave(connection.origin, isAuthenticated: connection.isAuthenticated)
        } else {
            refusedCount -= 1
        }
        updateTicking()
        reportIfDrained()
    }
}
