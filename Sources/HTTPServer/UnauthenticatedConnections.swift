/// Connections that have shown no valid credentials yet, in order of arrival: over all, and by address.
///
/// Two linked lists over one table: every operation is O(1).
struct UnauthenticatedConnections {
    /// A slot of the table, and the holder of the slot.
    struct Handle: Sendable, Equatable {
        fileprivate let index: Int
        fileprivate let serial: UInt64
    }

    private struct Link {
        var before: Int?
        var after: Int?
    }

    private struct Line {
        var first: Int?
        var last: Int?
        var count = 0

        mutating func append(_ index: Int, _ links: inout [Link]) {
            links[index] = Link(before: last, after: nil)
            if let last { links[last].after = index } else { first = index }
            last = index
            count += 1
        }

        mutating func remove(_ index: Int, _ links: inout [Link]) {
            let link = links[index]
            if let before = link.before { links[before].after = link.after } else { first = link.after }
            if let after = link.after { links[after].before = link.before } else { last = link.before }
            count -= 1
        }
    }

    private struct Place {
        var serial: UInt64
        /// `nil` for a connection via a trusted proxy, which is not counted per address.
        var origin: UInt64?
        /// Location of the connection; `nil` until its loop has taken it in.
        var ref: ConnectionRef?
        var isTaken = true
    }

    private var places: [Place] = []
    private var free: [Int] = []
    private var linksOfAll: [Link] = []
    private var linksOfOrigin: [Link] = []
    private var all = Line()
    private var byOrigin: [UInt64: Line] = [:]
    private var lastSerial: UInt64 = 0

    var count: Int { all.count }

    func count(of origin: UInt64) -> Int { byOrigin[origin]?.count ?? 0 }

    /// Appends a connection as the newest.
    mutating func append(_ origin: UInt64?) -> Handle {
        lastSerial += 1
        let place = Place(serial: lastSerial, origin: origin)
        let index: Int
        if let reused = free.popLast() {
            index = reused
            places[index] = place
        } else {
            index = places.count
            places.append(place)
            linksOfAll.append(Link())
            linksOfOrigin.append(Link())
        }
        all.append(index, &linksOfAll)
        if let origin { byOrigin[origin, default: Line()].append(index, &linksOfOrigin) }
        return Handle(index: index, serial: lastSerial)
    }

    /// Records the location; `false` when the connection was evicted before.
    mutating func settle(_ handle: Handle, _ ref: ConnectionRef) -> Bool {
        guard holds(handle) else { return false }
        places[handle.index].ref = ref
        return true
    }

    /// Removes a connection; `false` when it was evicted before.
    mutating func remove(_ handle: Handle) -> Bool {
        guard holds(handle) else { return false }
        remove(at: handle.index)
        return true
    }

    /// Evicts the oldest connection, of that address or of all. Returns its location; `nil` when there is none yet.
    mutating func removeFirst(of origin: UInt64? = nil) -> ConnectionRef? {
        let line = origin.map { byOrigin[$0] ?? Line() } ?? all
        guard let first = line.first else { return nil }
        defer { remove(at: first) }
        return places[first].ref
    }

    private func holds(_ handle: Handle) -> Bool {
        places[handle.index].isTaken && places[handle.index].serial == handle.serial
    }

    private mutating func remove(at index: Int) {
        all.remove(index, &linksOfAll)
        if let origin = places[index].origin, var line = byOrigin[origin] {
            line.remove(index, &linksOfOrigin)
            // Empty lists are removed: the number of addresses is unbounded.
            byOrigin[origin] = line.count > 0 ? line : nil
        }
        places[index].isTaken = false
        free.append(index)
    }
}

/// Location of a connection: its loop, and its key there.
struct ConnectionRef: Sendable, Equatable {
    let loop: Int
    let key: ConnectionKey
}
