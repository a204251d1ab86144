import Coordination
import Synchronization

/// The encoded bodies of incidents, by number and version: made once by the loop that first reads, then copied.
final class ByteCache: Sendable {
    private struct Entry {
        var version: Int
        var bytes: [UInt8]
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        var bytes = 0
    }

    private let bytesMax: Int
    private let state = Mutex(State())

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// The bytes of an incident at a version; made, outside the lock, when they are not there.
    func bytes(of number: Int, version: Int, make: () -> [UInt8]) -> [UInt8] {
        if let bytes = state.withLock({
            $0.entries[number].flatMap { $0.version == version ? $0.bytes : nil }
        }) {
            return bytes
        }
        let made = make()
        state.withLock { state in
            if state.bytes + made.count > bytesMax {
                state.entries.removeAll(keepingCapacity: true)
                state.bytes = 0
            }
            if let old = state.entries.updateValue(Entry(version: version, bytes: made), forKey: number) {
                state.bytes -= old.bytes.count
            }
            state.bytes += made.count
        }
        return made
    }
}
