import Incidents
import Journal
import Platform
import Time

/// One batch being decided: the board plus what this batch has decided so far, and what it will append.
///
/// It is thrown away unless the batch is committed (design.md, decision 3).
struct Turn {
    let context: LaneContext
    let lookup: any JournalLookup
    let now: Timestamp

    private(set) var batch = Batch()
    private(set) var head: JournalHead
    /// Incidents that this batch has changed.
    private(set) var changed: [Int: Fold] = [:]
    private var onces: [OnceName: StoredEntry] = [:]
    private var keys: [[UInt8]: KeptKey] = [:]
    private(set) var endpointsChanged = false

    private struct OnceName: Hashable {
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
    private(set) var bytes = 0

    /// What the batch made of the incidents it changed, by number: the same batch always tells the same story.
    var published: [Published] {
        changed.sorted { $0.key < $1.key }.compactMap(\.value.published)
    }

    // MARK: Keys

    /// What is kept under a key, from before or from this batch.
    func kept(_ key: IdempotencyKey, in index: KeyIndex) -> KeptKey? {
        keys[key.keyDigest] ?? index.find(key.keyDigest, at: now)
    }

    /// Keeps an outcome under a key.
    mutating func keep(_ outcome: Outcome, under key: IdempotencyKey) {
        guard let (status, subject, warnings) = outcome.kept else { return }
        head.key += 1
        let kept = KeptKey(
            id: head.key, keyDigest: key.keyDigest, requestDigest: key.requestDigest, status: status,
            subject: subject,
            warnings: warnings.map(\.rawValue), createdAt: now)
        keys[key.keyDigest] = kept
        batch.keys.append(kept)
    }

    // MARK: Incidents

    /// The incident of that name as this batch sees it.
    func published(_ name: IncidentName) throws(LaneFault) -> Published? {
        guard let number = try number(of: name) else { return nil }
        return try published(number)
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

    private func published(_ number: Int) throws(LaneFault) -> Published? {
        if let fold = changed[number] { return fold.published }
        if let published = context.board.published(number) { return published }
        return try foldFromStore(number)
    }

    /// An incident that ended long ago, folded anew.
    private func foldFromStore(_ number: Int) throws(LaneFault) -> Published? {
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
                if page.count < 500 { break }
            }
            return fold.published
        } catch let fault as StoreFault {
            throw .store(fault)
        } catch {
            throw .store(.broken("\(error)"))
        }
    }

    /// Begins an incident under the next number.
    mutating func declare(
        _ severity: Severity, _ details: Declared.Details, by author: Author
    ) throws(LaneFault) -> Outcome {
        let number = head.incident + 1
        let id = Incident.ID(ULID.make(at: now, context.random))
        let change = Change.declare(id: id, number: number, severity: severity, details)
        let decision = try judge(change, on: nil, by: author)
        head.incident = number
        changed[number] = Fold(id)
        _ = try append(decision.entries, to: number, by: author)
        guard let published = changed[number]?.published else {
            throw .store(.broken("a new incident does not fold"))
        }
        return .declared(published, warnings: decision.warnings)
    }

    /// Changes one incident; what is refused costs no SQL.
    mutating func change(
        _ published: Published, _ change: Change, by author: Author
    ) throws(LaneFault) -> (entries: [StoredEntry], warnings: [Warning]) {
        let decision = try judge(change, on: published, by: author)
        guard !decision.entries.isEmpty else { return ([], decision.warnings) }
        let number = published.incident.number
        if changed[number] == nil { changed[number] = Fold(published) }
        let entries = try append(decision.entries, to: number, by: author)
        return (entries, decision.warnings)
    }

    private func judge(_ change: Change, on published: Published?, by author: Author) throws(LaneFault)
        -> Decision
    {
        // recorded_at never decreases within an incident (domain.md, section 5), so neither does its clock.
        let moment = max(now, published?.incident.recordedAt ?? now)
        do throws(Violation) {
            return try decide(change, on: published?.incident, by: author, under: context.policy, at: moment)
        } catch {
            throw .refusal(.violation(error, published))
        }
    }

    /// The entry that stands for the same source message, in this batch or before it.
    func recorded(_ source: Source, in incident: Int) throws(LaneFault) -> StoredEntry? {
        let key = OnceKey.text(.source(system: source.system, ref: source.ref))
        if let entry = onces[OnceName(incident: incident, key: Array(key.utf8))] { return entry }
        do throws(StoreFault) {
            guard let seq = try lookup.seq(ofOnce: key, incident: incident) else { return nil }
            return try lookup.entries(of: incident, after: seq - 1, limit: 1).first
        } catch {
            throw .store(error)
        }
    }

    private mutating func append(
        _ proposals: [Proposal], to number: Int, by author: Author
    ) throws(LaneFault) -> [StoredEntry] {
        guard var fold = changed.removeValue(forKey: number) else { return [] }
        var entries: [StoredEntry] = []
        for proposal in proposals {
            let before = fold.incident
            let entry = seal(proposal, after: fold, number: number, by: author)
            do throws(UnreadableEntry) {
                try fold.add(entry)
            } catch {
                throw .store(.broken("an entry of our own does not fold: \(error.detail)"))
            }
            batch.entries.append(entry)
            bytes += entry.facts.count + (entry.words?.count ?? 0) + 256
            entries.append(entry)
            if let key = entry.onceKey { onces[OnceName(incident: number, key: Array(key.utf8))] = entry }
            if let incident = fold.incident { announce(entry, before: before, after: incident) }
        }
        changed[number] = fold
        return entries
    }

    private mutating func seal(
        _ proposal: Proposal, after fold: Fold, number: Int, by author: Author
    ) -> StoredEntry {
        head.position += 1
        let halves = Halves(proposal)
        let salt = context.random.bytes(Chain.saltBytes)
        let moment = max(now, fold.incident?.recordedAt ?? now)
        var entry = StoredEntry(
            position: head.position, incident: number, seq: (fold.incident?.seq ?? 0) + 1,
            id: ULID.make(at: moment, context.random), kind: proposal.event.kind, author: author.person.name,
            postedBy: author.postedBy, occurredAt: min(proposal.occurredAt, moment), recordedAt: moment,
            visibility: proposal.visibility, facts: halves.facts, words: halves.words, salt: salt,
            wordsDigest: Chain.wordsDigest(salt: salt, words: halves.words), hash: [],
            onceKey: proposal.once.map(OnceKey.text))
        entry.hash = Chain.hash(of: entry, in: fold.id, after: fold.hash)
        return entry
    }

    // MARK: Deliveries

    /// Makes the outbox rows of an entry: one for each of its events and each endpoint that wants it (invariant I8).
    private mutating func announce(_ entry: StoredEntry, before: Incident?, after: Incident) {
        if entry.outdatesNags(after) {
            batch.supersededNags.append((after.number, throughDelivery: head.delivery))
        }
        for type in EventType.types(of: entry, before: before, after: after) {
            add(
                type, incident: after, seq: entry.seq,
                dueAt: entry.kind == .nagSent ? before?.cadence.beat.dueAt : nil)
        }
    }

    /// Announces that a deadline is near; the store keeps a second announcement of it out.
    mutating func announceDueSoon(_ incident: Incident, dueAt: Timestamp) {
        guard incident.isOpen, incident.cadence.beat.dueAt == dueAt, now < dueAt else { return }
        add(.updateDueSoon, incident: incident, seq: incident.seq, dueAt: dueAt)
    }

    private mutating func add(_ type: EventType, incident: Incident, seq: Int, dueAt: Timestamp?) {
        for endpoint in context.directory.endpoints() where endpoint.wants(type) {
            // A nag is worthless after the next one, and after one interval at the latest.
            let lifetime =
                now + RetrySchedule.lifetime(type.retryClass, interval: incident.cadence.beat.interval)
            let expires: Timestamp =
                switch type {
                case .updateDueSoon: dueAt ?? lifetime
                case _ where type.retryClass == .nag: min(lifetime, incident.nextNagAt ?? lifetime)
                default: lifetime
                }
            add(
                to: endpoint.id, type, incident: incident.number, seq: seq, dueAt: dueAt,
                expiresAt: max(expires, now))
        }
    }

    @discardableResult
    private mutating func add(
        to endpoint: String, _ type: EventType, incident: Int?, seq: Int?, dueAt: Timestamp?,
        expiresAt: Timestamp
    ) -> String {
        head.delivery += 1
        let messageID = "msg_" + ULID.make(at: now, context.random)
        batch.deliveries.append(
            Delivery(
                id: head.delivery, messageID: messageID, endpoint: endpoint, type: type, incident: incident,
                seq: seq,
                dueAt: dueAt, createdAt: now, nextAt: now, expiresAt: expiresAt))
        return messageID
    }

    /// Makes a test delivery.
    mutating func test(_ endpoint: Endpoint) -> Outcome {
        let messageID = add(
            to: endpoint.id, .endpointTest, incident: nil, seq: nil, dueAt: nil,
            expiresAt: now + .seconds(900))
        return .test(endpoint: endpoint.id, messageID: messageID)
    }

    // MARK: Books

    mutating func keep(_ token: Token) {
        batch.tokens.append(token)
        endpointsChanged = true
    }

    mutating func revoke(_ id: String) {
        batch.revokedTokens.append((id, at: now))
        endpointsChanged = true
    }

    mutating func write(_ endpoint: Endpoint) {
        batch.endpoints.append(endpoint)
        endpointsChanged = true
    }

    mutating func delete(_ endpoint: Endpoint) {
        batch.deletedEndpoints.append(endpoint.id)
        endpointsChanged = true
    }

    mutating func cancelDeliveries(to endpoint: Endpoint) {
        batch.cancelledEndpoints.append(endpoint.id)
    }

    mutating func write(_ result: Batch.DeliveryResult) {
        batch.results.append(result)
    }

    mutating func probe() {
        batch.isProbe = true
    }

    mutating func forgetKeys(before moment: Timestamp) {
        batch.forgetKeysBefore = moment
    }

    /// Adds the rows of the incidents that changed, once each.
    mutating func finish() -> Batch {
        batch.incidents = published.map { IncidentRow($0.incident, changedPosition: $0.changedPosition) }
        return batch
    }
}

/// Why a turn stops: one order is refused, or the store fails them all.
enum LaneFault: Error {
    case refusal(Refusal)
    case store(StoreFault)
}

extension StoredEntry {
    /// Whether it makes the nags of its incident that are still under way worthless.
    fileprivate func outdatesNags(_ incident: Incident) -> Bool {
        switch kind {
        case .nagSent, .resolved, .cancelled, .reopened: true
        case .updatePublished: incident.cadence.lastUpdateSeq == seq
        default: false
        }
    }
}

extension EventType {
    /// The events that an entry gives (api.md, "Around it").
    static func types(of entry: StoredEntry, before: Incident?, after: Incident) -> [EventType] {
        switch entry.kind {
        case .declared: [.incidentDeclared]
        case .edited: [.incidentEdited]
        case .statusChanged: [.incidentStatusChanged]
        case .severityRaised: [.incidentSeverityRaised]
        case .roleAssigned: [.incidentRoleAssigned]
        case .resolved: [.incidentResolved]
        case .reopened: [.incidentReopened]
        case .cancelled: [.incidentCancelled]
        case .updatePublished: [.updatePublished]
        case .nagSent:
            after.cadence.breached && before?.cadence.breached != true
                ? [.updateOverdue, .cadenceBreached] : [.updateOverdue]
        case .note, .finding, .hypothesis, .change, .decision, .todo, .severityDisputed, .roleReleased:
            [.entryAdded]
        }
    }
}

/// How the journal writes down what may stand in an incident only once.
enum OnceKey {
    static func text(_ once: Proposal.Once) -> String {
        switch once {
        case .nag(let about, let due, let number):
            return "nag:\(about):\(due.milliseconds):\(number)"
        case .source(let system, let ref):
            // A digest: a source's words live in the entry alone, so that a redaction erases them everywhere.
            return "source:" + Hex.encode(Digest.sha256(Array("\(system.utf8.count):\(system):\(ref)".utf8)))
        }
    }
}
