import Incidents
import Journal
import Model
import Synchronization
import Time

/// One batch being decided: the board plus what this batch has decided so far, and what it will append.
///
/// It is thrown away unless the batch is committed (design.md, decision 3).
struct Turn {
    let context: LaneContext
    let lookup: any JournalLookup
    let now: Timestamp

    var batch = Batch()
    var head: JournalHead
    /// Incidents that this batch has changed.
    var changed: [Int: Fold] = [:]
    var onces: [OnceName: StoredEntry] = [:]
    /// What of it is measured, once it is committed.
    var tally = Tally()
    private var keys: [[UInt8]: IdempotencyRecord] = [:]
    /// Webhooks that this batch has written, or deleted (`nil`), by id.
    var webhooksChanged: [String: Webhook?] = [:]
    /// Deliveries that this batch has written over, by id.
    var deliveriesChanged: [Int: Delivery] = [:]
    /// Webhooks that somebody asked to send something to again.
    var retriedWebhooks: Set<String> = []
    /// Tokens that this batch has made (good) or revoked, by id.
    var tokensChanged: [String: Bool] = [:]

    struct OnceName: Hashable {
        var incident: Int
        var key: [UInt8]
    }

    init(context: LaneContext, lookup: any JournalLookup, head: JournalHead, now: Timestamp) {
        self.context = context
        self.lookup = lookup
        self.head = head
        self.now = now
    }

    /// The bytes of the entries so far; a batch ends at 4 MiB.
    var bytes = 0
    /// How many entries it read to fold ended incidents, under the store's lock.
    var entriesFolded = 0

    /// What the batch made of the incidents it changed, by number: the same batch always tells the same story.
    var snapshots: [IncidentSnapshot] {
        changed.sorted { $0.key < $1.key }.compactMap(\.value.snapshot)
    }

    // MARK: Keys

    /// What is kept under a key, from before or from this batch.
    func kept(
        _ key: IdempotencyKey, in index: borrowing Mutex<WriteLane.Core>
    ) throws(LaneFault) -> IdempotencyRecord? {
        if let kept = keys[key.keyDigest] { return kept }
        let digest = KeyDigest(key.keyDigest)
        guard let id = index.withLock({ $0.keys.find(digest, at: now) }) else { return nil }
        let kept: IdempotencyRecord?
        do throws(StoreFault) {
            kept = try lookup.key(id)
        } catch {
            throw .store(error)
        }
        // Not `nil`: a write that was acknowledged would be made a second time.
        guard let kept, kept.keyDigest == key.keyDigest else {
            throw .refusal(.internalFault("the row of kept key \(id) is gone or changed"))
        }
        return kept
    }

    /// Keeps an outcome under a key.
    mutating func keep(_ outcome: Outcome, under key: IdempotencyKey) {
        guard let (status, subject, warnings) = outcome.kept else { return }
        head.key += 1
        let kept = IdempotencyRecord(
            id: head.key, keyDigest: key.keyDigest, requestDigest: key.requestDigest, status: status,
            subject: subject,
            warnings: warnings.map(\.code), shown: outcome.shown, createdAt: now)
        keys[key.keyDigest] = kept
        batch.keys.append(kept)
    }

    // MARK: Incidents

    /// The incident of that name as this batch sees it.
    mutating func snapshot(_ name: IncidentName) throws(LaneFault) -> IncidentSnapshot? {
        guard let number = try number(of: name) else { return nil }
        return try snapshot(number)
    }

    /// The number of an incident that exists.
    func number(of name: IncidentName) throws(LaneFault) -> Int? {
        switch name {
        case .number(let number):
            return number >= 1 && number <= head.incident ? number : nil
        case .id(let id):
            if let number = context.board.number(of: id) { return number }
            if let new = changed.values.first(where: { $0.incident?.id == id }) {
                return new.incident?.number
            }
            do throws(StoreFault) {
                return try lookup.number(ofIncident: id)
            } catch {
                throw .store(error)
            }
        }
    }

    private mutating func snapshot(_ number: Int) throws(LaneFault) -> IncidentSnapshot? {
        if let fold = changed[number] { return fold.snapshot }
        if let snapshot = context.board.snapshot(number) { return snapshot }
        if let snapshot = context.foldedIncidents.snapshot(number) { return snapshot }
        return try foldFromStore(number)
    }

    /// An incident that ended long ago, folded anew.
    private mutating func foldFromStore(_ number: Int) throws(LaneFault) -> IncidentSnapshot? {
        guard number >= 1, number <= head.incident else { return nil }
        do {
            guard let row = try lookup.incident(number) else { return nil }
            var fold = Fold(row.id)
            var seq = 0
            while true {
                let page = try lookup.entries(of: number, after: seq, limit: 500)
                for entry in page {
                    try fold.add(entry)
                    seq = entry.seq
                }
                entriesFolded += page.count
                if page.count < 500 { break }
            }
            if let snapshot = fold.snapshot { context.foldedIncidents.hold(snapshot) }
            return fold.snapshot
        } catch let fault as StoreFault {
            throw .store(fault)
        } catch let damage as UnreadableEntry {
            // Of this incident alone: the others go on.
            throw .refusal(
                .internalFault(
                    "\(Incident.ref(number)) is damaged at position \(damage.position): \(damage.detail); drumbeat verify says more"
                ))
        } catch {
            throw .store(.broken("\(error)"))
        }
    }

    /// Adds the rows of the incidents that changed, once each.
    mutating func finish() -> Batch {
        batch.incidents = snapshots.map { IncidentRow($0.incident, changedPosition: $0.changedPosition) }
        return batch
    }
}

/// Why a turn stops: one order is refused, or the store fails them all.
enum LaneFault: Error {
    case refusal(WriteRefusal)
    case store(StoreFault)
}
