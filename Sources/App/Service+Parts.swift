import Coordination
import Dispatch
import Incidents
import Journal
import Outbound
import Platform
import Synchronization
import Time

/// What this is: the version in `--version`, `User-Agent` and the log.
public let drumbeatVersion = "0.1.0"

/// Reaches those who look again after a commit, once they are there.
final class Pokes: Sendable {
    private struct Targets {
        var scheduler: NagScheduler
        var schedulerThread: PacedThread
        var outboxThread: PacedThread
    }

    private let targets = Mutex<Targets?>(nil)

    func connect(scheduler: NagScheduler, _ schedulerThread: PacedThread, _ outboxThread: PacedThread) {
        targets.withLock {
            $0 = Targets(scheduler: scheduler, schedulerThread: schedulerThread, outboxThread: outboxThread)
        }
    }

    func committed(_ committed: Committed) {
        guard let targets = targets.withLock({ $0 }) else { return }
        targets.scheduler.note(committed.incidents)
        targets.schedulerThread.poke()
        if committed.deliveries { targets.outboxThread.poke() }
    }

    func pokeOutbox() {
        targets.withLock { $0 }?.outboxThread.poke()
    }
}

/// Fills the memory from the store, before the first order: tokens, endpoints, open incidents, keys.
struct Start {
    let reader: any JournalReader
    let board: Board
    let directory: Directory
    let lane: WriteLane
    let scheduler: NagScheduler

    private static let pageSize = 500

    func load(at now: Timestamp) throws {
        try directory.refresh()
        var open: [Published] = []
        var before: Int?
        var openTag = 0
        while true {
            let rows = try reader.incidents(IncidentFilter(), before: before, limit: Start.pageSize)
            for row in rows {
                open.append(try fold(row))
                openTag = max(openTag, row.changedPosition)
            }
            guard rows.count == Start.pageSize, let last = rows.last else { break }
            before = last.number
        }
        let head = try reader.head()
        // The last change to any incident is not later than the last entry: a tag of it is only ever too new, never stale.
        board.start(openTag: head.position, allTag: head.position, position: head.position)
        board.publish(open, position: head.position)
        scheduler.note(open)
        lane.load(keys: try reader.keys(since: now - .seconds(7 * 86_400)))
    }

    private func fold(_ row: IncidentRow) throws -> Published {
        var fold = Fold(row.id)
        var seq = 0
        while true {
            let page = try reader.entries(
                of: row.number, after: seq, kind: nil, visibility: nil, limit: Start.pageSize)
            for entry in page {
                try fold.add(entry)
                seq = entry.seq
            }
            guard page.count == Start.pageSize else { break }
        }
        guard let published = fold.published, published.incident.seq == row.seq else {
            throw StoreFault.broken(
                "\(Incident.ref(row.number)) does not fold to what its row says; drumbeat verify says more")
        }
        return published
    }
}

/// What is done each second beside the beat: looks for changed tokens and webhooks, and tries the store again when it refused.
enum Keeper {
    static func turn(
        directory: Directory, lane: WriteLane,
        log: @Sendable (Logger.Level, String, [(String, String)]) -> Void
    ) {
        do {
            try directory.refresh()
        } catch {
            log(.warning, "directory.refresh_failed", [("error", "\(error)")])
        }
        lane.submit(WriteLane.Submission(.keep, by: .service) { _ in })
    }
}

/// When the scheduler last took a turn: a beat that stops is the worst thing here.
final class Heartbeat: Sendable {
    private let last = Mutex<Duration?>(nil)

    func beat(at moment: Duration) {
        last.withLock { $0 = moment }
    }

    func silence(at moment: Duration) -> Duration? {
        last.withLock { $0 }.map { moment - $0 }
    }
}

extension ListenAddress {
    /// A numeric address and port: `127.0.0.1:8080`, `[::1]:8080`.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let colon = bytes.lastIndex(of: 0x3A) else { return nil }
        let digits = bytes[(colon + 1)...]
        guard (1...5).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = UInt16(String(decoding: digits, as: UTF8.self))
        else { return nil }
        var host = bytes[..<colon]
        let isBracketed = host.first == 0x5B && host.last == 0x5D
        if isBracketed { host = host.dropFirst().dropLast() }
        guard let address = IPAddress(String(decoding: host, as: UTF8.self)) else { return nil }
        // The last group of a bare IPv6 address must not be taken for a port.
        switch address {
        case .v4: guard !isBracketed else { return nil }
        case .v6: guard isBracketed else { return nil }
        }
        self.init(address: address, port: port)
    }
}
