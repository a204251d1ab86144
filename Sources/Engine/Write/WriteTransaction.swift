import Encoding
import Incidents
import Journal
import Model
import Time

/// One batch being decided: the memory, plus the decisions of this batch, plus the rows it will append.
///
/// Discarded unless the batch is committed (design.md, decision 3).
public struct WriteTransaction {
    /// The clock, read once, after the store's lock was taken.
    public let now: Timestamp
    /// How far the clock has fallen since it started.
    let setBack: Duration
    let clockSteps: ClockSteps
    /// Author of the current request.
    public internal(set) var author: Author = .service
    /// Whether confidential streams do not exist for the caller. Set by the request's envelope, for one request.
    public var hidesConfidential = false
    let context: LaneContext
    let memory: WriterMemory
    let lookup: any JournalLookup

    var batch = Batch()
    var head: JournalHead
    /// Bytes of the entries appended and of those read to decide; a batch ends at 4 MiB.
    private(set) var bytes = 0
    /// Entries read under the store's lock to bring folded states up to date.
    private(set) var entriesFolded = 0
    /// States that were folded on a reader for the current request.
    private var folded: [StreamID: any AnySnapshot] = [:]
    /// Metrics to count after the commit.
    var tally = Tally()
    /// Streams changed by this batch.
    private var drafts: [StreamID: any AnyDraft] = [:]
    private var deduplicated: [DedupName: StoredEntry] = [:]
    private var records: [[UInt8]: IdempotencyRecord] = [:]
    /// Webhooks written or deleted (`nil`) by this batch, by id.
    var webhooksChanged: [String: Webhook?] = [:]
    /// Deliveries overwritten by this batch, by id.
    var deliveriesChanged: [Int: Delivery] = [:]
    /// Webhooks for which a retry was requested by hand.
    var retriedWebhooks: Set<String> = []
    /// Tokens that this batch created, ended or revoked, as it leaves them; by id.
    var tokensChanged: [String: Token] = [:]
    /// Streams that this batch opened or appended to.
    private(set) var touched: Set<StreamID> = []
    /// Whether the first, or the last, of the open streams was let follow the clock.
    var beginsClockWalk = false
    var endsClockWalk = false
    /// The last delivery checked for expiry; `nil` when this batch checked none.
    var forgottenThrough: Int?

    private struct DedupName: Hashable {
        var stream: StreamID
        var key: [UInt8]
    }

    init(
        context: LaneContext, memory: WriterMemory, lookup: any JournalLookup, head: JournalHead,
        at reading: StoreClock.Reading
    ) {
        self.context = context
        self.memory = memory
        self.lookup = lookup
        self.head = head
        now = reading.now
        setBack = reading.setBack
        clockSteps = memory.clockSteps
    }

    // MARK: Requests

    /// Performs a request, or returns the idempotency record of its key.
    mutating func perform(_ request: WriteLane.PendingRequest) throws(WriteFault) -> WriteAnswer {
        // Decided at admission, and again when it acts: the token may have been revoked while the request waited.
        if let token = request.token, isRevoked(token: token) { throw .refused(.tokenRevoked) }
        if let key = request.key, let record = try record(under: key) {
            guard key.isSameRequest(as: record) else {
                throw .refused(
                    Refusal(
                        .idempotencyKeyReused,
                        "This Idempotency-Key was used with another method, path, query or body. Use a new key for a new request."
                    ))
            }
            return .kept(record)
        }
        guard now.isCredible || request.request.ignoresClock else { throw .refused(.clock(at: now)) }
        author = request.author
        hidesConfidential = false
        folded = request.folded
        let outcome = try perform(request.request)
        if let key = request.key, outcome.refusal == nil {
            head.key += 1
            let record = IdempotencyRecord(outcome, id: head.key, under: key, at: now)
            records[key.keyDigest] = record
            batch.keys.append(record)
        }
        return .performed(outcome)
    }

    /// A refused request must have written nothing. If a rule refuses after it appended, the whole batch fails, and each request is
    /// retried alone.
    private mutating func perform(_ request: any WriteRequest) throws(WriteFault) -> Outcome {
        let before = head
        do throws(WriteFault) {
            return try request.perform(in: &self)
        } catch {
            guard head != before else { throw error }
            switch error {
            case .store: throw error
            case .absent(let state):
                throw .store(.constraint("a request needed \(state.ref) after it had appended"))
            case .refused(let refusal):
                throw .store(
                    .constraint(
                        "a request was refused after it had appended: \(refusal.cause ?? refusal.detail)"))
            }
        }
    }

    /// The idempotency record of a key, stored or from this batch.
    private func record(under key: IdempotencyKey) throws(WriteFault) -> IdempotencyRecord? {
        if let record = records[key.keyDigest] { return record }
        guard let id = memory.recordID(under: KeyDigest(key.keyDigest), at: now) else { return nil }
        let record = try looking { () throws(StoreFault) in try lookup.key(id) }
        // Not `nil`: that would repeat an acknowledged write.
        guard let record, key.names(record) else {
            throw .internalFault("the row of kept key \(id) is gone or changed")
        }
        return record
    }

    // MARK: States

    /// The number of the stream of that name; `nil` when there is none.
    func number<State>(of name: StreamName, in shelf: Shelf<State>) throws(WriteFault) -> Int? {
        switch name {
        case .number(let number):
            return number >= 1 && number <= head.numbers[State.code, default: 0] ? number : nil
        case .id(let id):
            if let number = shelf.number(of: id) { return number }
            if let new = drafts.values.first(where: { $0.id == id && $0.stream.aggregate == State.code }) {
                return new.stream.number
            }
            return try looking { () throws(StoreFault) in try lookup.number(of: id, in: State.code) }
        case .key(let key):
            if let number = shelf.number(of: key) { return number }
            if let new = drafts.values.first(where: { $0.key == key && $0.stream.aggregate == State.code }) {
                return new.stream.number
            }
            return try looking { () throws(StoreFault) in try lookup.number(ofKey: key, in: State.code) }
        }
    }

    /// Aggregated counts of the open states, as this batch sees them.
    func counts<State>(in shelf: Shelf<State>) -> State.Counts {
        var counts = shelf.counts()
        for case let draft as Draft<State> in drafts.values {
            if let before = shelf.snapshot(draft.stream.number)?.state, before.isOpen {
                counts.add(before, -1)
            }
            if let after = draft.fold.state, after.isOpen { counts.add(after, 1) }
        }
        return counts
    }

    /// The state of that number as this batch sees it; `nil` when there is none.
    mutating func snapshot<State>(_ number: Int, in shelf: Shelf<State>) throws(WriteFault) -> Snapshot<
        State
    >? {
        let stream = StreamID(State.self, number)
        if let draft = drafts[stream] { return (draft as? Draft<State>)?.snapshot }
        if let snapshot = shelf.snapshot(number) { return snapshot }
        if let snapshot = shelf.folded.snapshot(number) { return snapshot }
        guard number >= 1, number <= head.numbers[State.code, default: 0] else { return nil }
        guard let snapshot = folded[stream] as? Snapshot<State> else {
            let reader = context.reader
            throw .absent(
                AbsentState(stream: stream, ref: State.ref(number)) {
                    try StateLoader(reader: reader, shelf: shelf).snapshot(number)
                })
        }
        return try upToDate(snapshot, in: shelf)
    }

    /// A state that was folded on a reader, with the entries that were added since. They are few: an entry that is added puts its state
    /// into memory.
    private mutating func upToDate<State>(
        _ snapshot: Snapshot<State>, in shelf: Shelf<State>
    ) throws(WriteFault) -> Snapshot<State>? {
        let stream = snapshot.stream
        guard let head = try looking({ () throws(StoreFault) in try lookup.head(of: stream) }) else {
            return nil
        }
        var fold = Fold<State>(snapshot)
        while fold.seq < head.seq {
            let seq = fold.seq
            let page = try looking { () throws(StoreFault) in
                try lookup.entries(of: stream, after: seq, limit: 500)
            }
            guard !page.isEmpty else { break }
            entriesFolded += page.count
            for entry in page {
                do throws(UnreadableEntry) {
                    try fold.add(entry)
                } catch {
                    throw .refused(
                        .damaged(State.ref(stream.number), "at position \(error.position): \(error.detail)"))
                }
            }
        }
        if let flaw = head.flaw(ofFoldEndingAt: fold.seq) {
            throw .refused(.damaged(State.ref(stream.number), flaw))
        }
        let current = fold.seq == snapshot.seq ? snapshot : fold.snapshot ?? snapshot
        shelf.folded.hold(current)
        return current
    }

    /// Opens a new stream under the next number.
    mutating func open<State>(in shelf: Shelf<State>) -> StreamID {
        head.numbers[State.code, default: 0] += 1
        let stream = StreamID(State.self, head.numbers[State.code, default: 0])
        drafts[stream] = Draft(Fold(stream, id: ULID.make(at: now, context.random)), shelf)
        touched.insert(stream)
        return stream
    }

    /// Deduplication: the entry recorded for the same source message in a stream, stored or from this batch.
    mutating func recorded(_ source: Source, in stream: StreamID) throws(WriteFault) -> StoredEntry? {
        let name = DedupKey.source(system: source.system, ref: source.ref)
        let key = name.stored
        if let entry = deduplicated[DedupName(stream: stream, key: Array(key.utf8))] { return entry }
        let entry = try looking { () throws(StoreFault) -> StoredEntry? in
            var seq = try lookup.seq(ofOnce: key, in: stream)
            if seq == nil, let before = name.storedBefore { seq = try lookup.seq(ofOnce: before, in: stream) }
            guard let seq else { return nil }
            return try lookup.entries(of: stream, after: seq - 1, limit: 1).first
        }
        if let entry { bytes += entry.size }
        return entry
    }

    /// An entry of a stream with its amendments, stored or from this batch; `nil` when there is none.
    mutating func target<State>(
        _ seq: Int, of snapshot: Snapshot<State>
    ) throws(WriteFault) -> AmendedEntry<State>? {
        guard seq >= 1, seq <= snapshot.seq else { return nil }
        let stream = snapshot.stream
        let new = batch.entries.filter { $0.stream == stream && ($0.seq == seq || $0.amends == seq) }
        var found = try looking { () throws(StoreFault) in
            let entry = try lookup.entries(of: stream, after: seq - 1, limit: 1).filter { $0.seq == seq }
            return entry
                + (try lookup.amendments(of: stream, seq: seq, limit: AmendedEntry<State>.amendmentsMax + 1))
        }
        for entry in found { bytes += entry.size }
        found += new
        guard let entry = found.first, entry.seq == seq else { return nil }
        do throws(UnreadableEntry) {
            return AmendedEntry(
                try AmendedEntry.Entry(entry),
                amendments: try found.dropFirst().map { (entry) throws(UnreadableEntry) in try .init(entry) })
        } catch {
            throw .internalFault(
                "\(State.ref(stream.number)) is damaged at position \(error.position): \(error.detail)")
        }
    }

    // MARK: Entries

    /// Appends the entries of a decision about a stream; some may belong to other streams.
    mutating func append<State>(
        _ entries: [NewEntry<State>], to stream: StreamID, in shelf: Shelf<State>
    ) throws(WriteFault) -> [StoredEntry] {
        var stored: [StoredEntry] = []
        stored.reserveCapacity(entries.count)
        for entry in entries {
            let target = entry.number.map { StreamID(State.self, $0) } ?? stream
            stored.append(try append(entry, to: target, in: shelf))
        }
        return stored
    }

    private mutating func append<State>(
        _ new: NewEntry<State>, to stream: StreamID, in shelf: Shelf<State>
    ) throws(WriteFault) -> StoredEntry {
        let draft = try draft(of: stream, in: shelf)
        if mayOweClock(draft.fold.recordedAt ?? now), let snapshot = draft.snapshot {
            try followClock(snapshot, in: shelf)
        }
        // recorded_at never decreases within a stream (domain.md, section 5).
        return try append(new, to: draft, at: max(now, draft.fold.recordedAt ?? now))
    }

    /// Appends the entry by which a stream follows a clock that was set back, if it needs one.
    mutating func followClock<State>(
        _ snapshot: Snapshot<State>, in shelf: Shelf<State>
    ) throws(WriteFault) {
        guard mayOweClock(snapshot.recordedAt), let entry = clockCorrection(of: snapshot) else { return }
        let caller = author
        author = .service
        defer { author = caller }
        _ = try append(entry, to: try draft(of: snapshot.stream, in: shelf), at: now)
    }

    private mutating func append<State>(
        _ new: NewEntry<State>, to draft: Draft<State>, at moment: Timestamp
    ) throws(WriteFault) -> StoredEntry {
        let stream = draft.stream
        touched.insert(stream)
        let before = draft.fold.state
        let entry = seal(new, after: draft.fold, at: moment)
        // Folded from its stored bytes: an entry that cannot be read back is never committed.
        do throws(UnreadableEntry) {
            try draft.add(entry)
        } catch {
            throw .internalFault("an entry of our own does not fold: \(error.detail)")
        }
        batch.entries.append(entry)
        bytes += entry.size
        if let key = entry.onceKey {
            deduplicated[DedupName(stream: stream, key: Array(key.utf8))] = entry
        }
        tally.take(new.payload, before: before)
        if let nag = new.payload as? NagSent { note(nag, State.ref(stream.number)) }
        if let after = draft.fold.state { try announce(new.payload, entry, before: before, after: after) }
        return entry
    }

    private mutating func draft<State>(
        of stream: StreamID, in shelf: Shelf<State>
    ) throws(WriteFault) -> Draft<State> {
        if let draft = drafts[stream] as? Draft<State> { return draft }
        guard let snapshot = try snapshot(stream.number, in: shelf) else {
            throw .store(.broken("an entry for \(State.ref(stream.number)), which does not exist"))
        }
        let draft = Draft(Fold(snapshot), shelf)
        drafts[stream] = draft
        return draft
    }

    private mutating func seal<State>(
        _ new: NewEntry<State>, after fold: Fold<State>, at moment: Timestamp
    ) -> StoredEntry {
        head.position += 1
        let stored = EntryBytes(new)
        let salt = context.random.bytes(Chain.saltBytes)
        let author = new.author ?? author
        // An entry requested of another stream changes this one when it is recorded.
        let occurredAt = new.number == nil ? min(new.occurredAt, moment) : moment
        var entry = StoredEntry(
            position: head.position, stream: fold.stream, seq: fold.seq + 1,
            id: ULID.make(at: moment, context.random), kind: type(of: new.payload).kind,
            author: author.person.name, postedBy: author.postedBy, occurredAt: occurredAt, recordedAt: moment,
            visibility: new.visibility, facts: stored.facts, words: stored.words, salt: salt,
            wordsDigest: Chain.wordsDigest(salt: salt, words: stored.words), hash: [],
            onceKey: new.dedupKey?.stored, amends: new.payload.amends)
        entry.hash = Chain.hash(of: entry, in: fold.id, after: fold.hash)
        return entry
    }

    // MARK: Finishing

    /// Adds one row per changed stream, sorted by stream, so that the same batch always gives the same bytes.
    mutating func finish() -> Batch {
        for stream in drafts.keys.sorted() {
            if let row = drafts[stream]?.row() { batch.states.append(row) }
        }
        return batch
    }

    /// Before `COMMIT`, after which the store shows the entries: hides what the batch makes confidential. Returns what undoes it.
    func hideConfidential() -> [@Sendable () -> Void] {
        drafts.values.compactMap { $0.hideIfConfidential() }
    }

    /// After `COMMIT`: publishes the changed states to readers. Returns them, by stream.
    func publish() -> [any AnySnapshot] {
        batch.states.compactMap { drafts[$0.stream]?.publish() }
    }

    /// Queries the store.
    func looking<Value>(_ question: () throws(StoreFault) -> Value) throws(WriteFault) -> Value {
        do throws(StoreFault) {
            return try question()
        } catch {
            throw .store(error)
        }
    }
}

/// A stream changed by a batch.
protocol AnyDraft: AnyObject {
    var stream: StreamID { get }
    var id: String { get }
    var key: String? { get }
    func row() -> (any StateRow)?
    /// Hides a stream that is confidential now; `nil` if it is not, or was hidden before. Returns what undoes it.
    func hideIfConfidential() -> (@Sendable () -> Void)?
    /// After `COMMIT`: publishes the state to readers.
    func publish() -> (any AnySnapshot)?
}

private final class Draft<State: StoredAggregate>: AnyDraft {
    private(set) var fold: Fold<State>
    private let shelf: Shelf<State>
    private var made: Snapshot<State>?

    init(_ fold: Fold<State>, _ shelf: Shelf<State>) {
        self.fold = fold
        self.shelf = shelf
    }

    var stream: StreamID { fold.stream }
    var id: String { fold.id }
    var key: String? { fold.state?.key }
    @specialized(where State == Incident)
    func row() -> (any StateRow)? { snapshot.map(State.row(of:)) }

    /// The state as of the last entry; cached until the next one.
    var snapshot: Snapshot<State>? {
        if let made { return made }
        made = fold.snapshot
        return made
    }

    func hideIfConfidential() -> (@Sendable () -> Void)? {
        let (number, hidden) = (stream.number, shelf.confidential)
        guard fold.state?.isConfidential ?? false, hidden.hide(number, id: id) else { return nil }
        return { hidden.show(number) }
    }

    func add(_ entry: StoredEntry) throws(UnreadableEntry) {
        made = nil
        try fold.add(entry)
    }

    @specialized(where State == Incident)
    func publish() -> (any AnySnapshot)? {
        guard let snapshot else { return nil }
        shelf.publish(snapshot)
        return snapshot
    }
}
