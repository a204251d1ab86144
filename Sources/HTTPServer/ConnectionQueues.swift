/// Connections in order of arrival: over all, and by group.
///
/// Two linked lists over one table: every operation but `largestGroup` is O(1).
struct ConnectionQueues<Group: Hashable & Sendable> {
    /// A slot of the table, and the holder of the slot.
    struct Handle: Sendable, Equatable {
        fileprivate let index: Int
        fileprivate let serial: UInt64
    }

    private struct Link {
        var before: Int?
        var after: Int?
    }

    private struct LinkedList {
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
        /// `nil` for a connection that is in no group.
        var group: Group?
        /// When it was appended, in the loop's milliseconds.
        var since: Int64
        /// Location of the connection; `nil` until its loop has taken it in.
        var ref: ConnectionRef?
        var isTaken = true
    }

    private var places: [Place] = []
    private var free: [Int] = []
    private var linksOfAll: [Link] = []
    private var linksOfGroup: [Link] = []
    private var all = LinkedList()
    private var byGroup: [Group: LinkedList] = [:]
    private var lastSerial: UInt64 = 0

    var count: Int { all.count }

    func count(of group: Group) -> Int { byGroup[group]?.count ?? 0 }

    /// When the first connection of a group was appended; `nil` when there is none.
    func firstSince(of group: Group) -> Int64? {
        byGroup[group]?.first.map { places[$0].since }
    }

    /// The group with the most connections. Looks at every group.
    var largestGroup: Group? { byGroup.max { $0.value.count < $1.value.count }?.key }

    /// Appends a connection as the newest.
    mutating func append(_ group: Group?, at now: Int64) -> Handle {
        lastSerial += 1
        let place = Place(serial: lastSerial, group: group, since: now)
        let index: Int
        if let reused = free.popLast() {
            index = reused
            places[index] = place
        } else {
            index = places.count
            places.append(place)
            linksOfAll.append(Link())
            linksOfGroup.append(Link())
        }
        all.append(index, &linksOfAll)
        if let group { byGroup[group, default: LinkedList()].append(index, &linksOfGroup) }
        return Handle(index: index, serial: lastSerial)
    }

    /// Appends a connection whose loop has taken it in.
    mutating func append(_ group: Group, _ ref: ConnectionRef, at now: Int64) -> Handle {
        let handle = append(group, at: now)
        places[handle.index].ref = ref
        return handle
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

    /// Evicts the oldest connection, of that group or of all. Returns its location; `nil` when there is none yet.
    mutating func removeFirst(of group: Group? = nil) -> ConnectionRef? {
        let list = group.map { byGroup[$0] ?? LinkedList() } ?? all
        guard let first = list.first else { return nil }
        defer { remove(at: first) }
        return places[first].ref
    }

    private func holds(_ handle: Handle) -> Bool {
        places[handle.index].isTaken && places[handle.index].serial == handle.serial
    }

    private mutating func remove(at index: Int) {
        all.remove(index, &linksOfAll)
        if let group = places[index].group, var list = byGroup[group] {
            list.remove(index, &linksOfGroup)
            // Empty lists are removed: the number of groups is unbounded.
            byGroup[group] = list.count > 0 ? list : nil
        }
        places[index].isTaken = false
        free.append(index)
    }
}

/// Connections that have shown no valid credentials yet, by address. One of a trusted proxy is in no group.
typealias UnauthenticatedConnections = ConnectionQueues<UInt64>

/// Connections that have shown valid credentials, by the owner of the last ones. One that an in-place restart handed over is in no group
/// until its next request.
typealias KnownConnections = ConnectionQueues<String>

/// Connections that wait for what may happen, streams and long polls, by the owner of their credentials.
typealias WaitingConnections = ConnectionQueues<String>

/// Location of a connection: its loop, and its key there.
struct ConnectionRef: Sendable, Equatable {
    let loop: Int
    let key: ConnectionKey
}
