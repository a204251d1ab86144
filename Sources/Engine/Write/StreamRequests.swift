import Incidents
import Journal
import Model
import Time

/// Opens a stream under the next number.
public struct OpenStream<State: StoredAggregate>: WriteRequest {
    private let action: any OpeningAction<State>
    private let shelf: Shelf<State>
    private let counts: State.Counts?

    public init(_ action: any OpeningAction<State>, in shelf: Shelf<State>) {
        self.init(action, in: shelf, counts: nil)
    }

    fileprivate init(_ action: any OpeningAction<State>, in shelf: Shelf<State>, counts: State.Counts?) {
        self.action = action
        self.shelf = shelf
        self.counts = counts
    }

    /// Declaring never waits behind other requests.
    public var priority: WritePriority { .critical }

    @specialized(where State == Incident)
    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        let number = transaction.head.numbers[State.code, default: 0] + 1
        guard StreamID.numbers.contains(number) else {
            throw .internalFault("no number is free after \(number - 1)")
        }
        var given = Circumstances<State>(
            author: transaction.author, now: transaction.now, policy: shelf.policy)
        given.counts = counts ?? (action.needsCounts ? transaction.counts(in: shelf) : nil)
        given.hearing = transaction.hearing
        if let query = action.deploysAsked(at: given.now) {
            given.deploys = try transaction.deploys(query)
        }
        let decision: Decision<State>
        do throws(Refusal) {
            decision = try action.decide(opening: number, given)
        } catch {
            throw .refused(error)
        }
        let stream = transaction.open(in: shelf)
        let entries = try transaction.append(decision.entries, to: stream, in: shelf)
        let warnings = decision.warnings + entries.warningsOfSecrets(asSent: decision.entries)
        guard let snapshot = try transaction.snapshot(number, in: shelf) else {
            throw .store(.broken("a new stream does not fold"))
        }
        transaction.noteSilence(decision.warnings, State.ref(number))
        return Outcome(.created, .state(snapshot), warnings: warnings)
    }
}

/// The preconditions of a put (RFC 9110 §13.1).
public struct Preconditions: Sendable {
    public enum Match: Sendable, Equatable {
        /// Any version: `*`.
        case any
        case versions([Validator])
    }

    /// The stream must exist, at one of the versions; `nil` for no condition.
    public var ifMatch: Match?
    /// The stream must not exist, or not be at one of the versions; `nil` for no condition.
    public var ifNoneMatch: Match?

    public init(ifMatch: Match? = nil, ifNoneMatch: Match? = nil) {
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
    }

    /// Throws `precondition-failed`; `snapshot` is `nil` for an absent stream.
    ///
    /// `exists` is whether the target exists for `If-None-Match`: it may be a part of the stream's state.
    fileprivate func check<State>(_ snapshot: Snapshot<State>?, exists: Bool = true) throws(Refusal) {
        guard let snapshot else {
            guard ifMatch == nil else {
                throw Refusal(
                    .preconditionFailed,
                    "It does not exist, so no version matches If-Match. Remove If-Match to create it.")
            }
            return
        }
        if case .versions(let versions)? = ifMatch, !versions.contains(snapshot.validator) {
            throw .changed(snapshot)
        }
        let isUnwanted =
            switch exists ? ifNoneMatch : nil {
            case nil: false
            case .any?: true
            case .versions(let versions)?: versions.contains(snapshot.validator)
            }
        guard isUnwanted else { return }
        var refusal = Refusal(
            .preconditionFailed,
            "\(snapshot.state.standing), which If-None-Match excludes. Read it, then send If-Match with its ETag to change it.",
            current: .version(snapshot.validator))
        refusal.stream = snapshot.stream
        throw refusal
    }
}

extension Refusal {
    /// The stream is at another version than the client's.
    fileprivate static func changed<State>(_ snapshot: Snapshot<State>) -> Refusal {
        var refusal = Refusal(
            .preconditionFailed, "\(snapshot.state.standing). Read it, then retry with the new ETag.",
            current: .version(snapshot.validator))
        refusal.stream = snapshot.stream
        return refusal
    }
}

/// Changes the stream of a key, or opens it. A closed stream counts as absent, except that its number and versions continue.
public struct PutStream<State: StoredAggregate>: WriteRequest {
    private let action: any PutAction<State>
    private let shelf: Shelf<State>
    private let preconditions: Preconditions

    public init(
        _ action: any PutAction<State>, in shelf: Shelf<State>,
        if preconditions: Preconditions = Preconditions()
    ) {
        self.action = action
        self.shelf = shelf
        self.preconditions = preconditions
    }

    public var priority: WritePriority { type(of: action).priority }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        let counts = transaction.counts(in: shelf)
        let number = try transaction.number(of: .key(action.key), in: shelf)
        let before = try number.flatMap { (number) throws(WriteFault) in
            try transaction.snapshot(number, in: shelf)
        }
        let isOpen = before?.state.isOpen ?? false
        do throws(Refusal) {
            try preconditions.check(isOpen ? before : nil)
        } catch {
            throw .refused(error)
        }
        guard let number, before != nil else {
            return try OpenStream(action, in: shelf, counts: counts).perform(in: &transaction)
        }
        let changed = try PerformAction(
            action, on: .number(number), in: shelf, showing: .state, if: Preconditions(), counts: counts
        ).perform(in: &transaction)
        return isOpen ? changed : Outcome(.created, changed.subject, warnings: changed.warnings)
    }
}

/// Performs an action on a stream.
public struct PerformAction<State: StoredAggregate>: WriteRequest {
    public enum Shown: Sendable {
        /// The state after the action.
        case state
        /// The last entry added to the stream.
        case entry
    }

    private let action: any Action<State>
    private let name: StreamName
    private let shelf: Shelf<State>
    private let shown: Shown
    private let preconditions: Preconditions
    private let counts: State.Counts?

    public init(
        _ action: any Action<State>, on name: StreamName, in shelf: Shelf<State>, showing shown: Shown,
        if preconditions: Preconditions = Preconditions()
    ) {
        self.init(action, on: name, in: shelf, showing: shown, if: preconditions, counts: nil)
    }

    fileprivate init(
        _ action: any Action<State>, on name: StreamName, in shelf: Shelf<State>, showing shown: Shown,
        if preconditions: Preconditions, counts: State.Counts?
    ) {
        self.counts = counts
        self.action = action
        self.name = name
        self.shelf = shelf
        self.shown = shown
        self.preconditions = preconditions
    }

    public var priority: WritePriority { type(of: action).priority }

    @specialized(where State == Incident)
    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        let snapshot = try transaction.named(name, in: shelf)
        do throws(Refusal) {
            try preconditions.check(snapshot, exists: action.targetExists(in: snapshot.state))
        } catch {
            let isHidden = State.hidesEnded && !snapshot.state.isOpen
            throw .refused(isHidden ? State.notFound : error)
        }
        if let (source, text) = action.message,
            let existing = try transaction.recorded(source, in: snapshot.stream)
        {
            guard let correction = action.replacing(existing.seq) else {
                let same = (try? existing.text()) == text
                return Outcome(.done, .entry(existing), warnings: same ? [] : [.textDiffers])
            }
            return try perform(correction, on: snapshot, in: &transaction)
        }
        return try perform(action, on: snapshot, in: &transaction)
    }

    private func perform(
        _ action: any Action<State>, on snapshot: Snapshot<State>, in transaction: inout WriteTransaction
    ) throws(WriteFault) -> Outcome {
        let (entries, decision) = try transaction.decide(action, on: snapshot, in: shelf, counts)
        let warnings = decision.warnings
        switch shown {
        case .entry:
            if let saidBy = decision.saidBy, let entry = try transaction.entry(saidBy, of: snapshot.stream) {
                return Outcome(.done, .entry(entry), warnings: warnings)
            }
            let shown = decision.shown.flatMap { entries.indices.contains($0) ? entries[$0] : nil }
            // Entries of other streams are not shown.
            guard let entry = shown ?? entries.last(where: { $0.stream == snapshot.stream }) else {
                throw .internalFault("no entry was added")
            }
            return Outcome(.created, .entry(entry), warnings: warnings)
        case .state:
            let after = try transaction.snapshot(snapshot.stream.number, in: shelf) ?? snapshot
            return Outcome(.done, .state(after), warnings: warnings)
        }
    }
}

/// Re-evaluates a stream whose alarm is due. If someone acted first, there is nothing to do.
public struct LookAgain<State: StoredAggregate & Alarmed>: WriteRequest {
    private let number: Int
    private let shelf: Shelf<State>

    public init(_ number: Int, in shelf: Shelf<State>) {
        self.number = number
        self.shelf = shelf
    }

    public var priority: WritePriority { .critical }

    @specialized(where State == Incident)
    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        guard let snapshot = try transaction.snapshot(number, in: shelf) else { return .finished }
        _ = try transaction.decide(State.alarm, on: snapshot, in: shelf)
        if let after = try transaction.snapshot(number, in: shelf), let notice = after.state.notice {
            try transaction.announce(notice, of: after)
        }
        return .finished
    }
}

extension WriteTransaction {
    /// Performs an action on a state. A refusal costs no SQL, except for entries and other streams that the action reads.
    fileprivate mutating func decide<State>(
        _ action: any Action<State>, on snapshot: Snapshot<State>, in shelf: Shelf<State>,
        _ counts: State.Counts? = nil
    ) throws(WriteFault) -> (entries: [StoredEntry], decision: Decision<State>) {
        try requireKnownKinds(snapshot)
        let snapshot = followingClock(snapshot)
        var action = action
        if let name = action.otherName { action = action.naming(try number(of: name, in: shelf) ?? 0) }
        // recorded_at never decreases within a stream (domain.md, section 5), so the time of its rules does not either.
        var given = Circumstances<State>(
            author: author, now: max(now, snapshot.recordedAt), policy: shelf.policy)
        given.counts = counts
        if type(of: action).asksToBeHeard { given.hearing = hearing }
        if let seq = action.about(on: snapshot.state, at: given.now) {
            given.target = try target(seq, of: snapshot)
        }
        given.others = try others(of: action, on: snapshot.state, in: shelf)
        let decision: Decision<State>
        do throws(Refusal) {
            decision = try action.decide(on: snapshot.state, given)
        } catch {
            var refusal = error
            refusal.stream = snapshot.stream
            throw .refused(refusal)
        }
        let entries = try append(decision.entries, to: snapshot.stream, in: shelf)
        noteSilence(decision.warnings, State.ref(snapshot.stream.number))
        let warnings = entries.warningsOfSecrets(asSent: decision.entries)
        guard !warnings.isEmpty else { return (entries, decision) }
        var decided = decision
        decided.warnings += warnings
        return (entries, decided)
    }

    /// Refuses to decide on an incomplete state: a newer version wrote an entry of a kind unknown to this one.
    private func requireKnownKinds<State>(_ snapshot: Snapshot<State>) throws(WriteFault) {
        guard let kind = snapshot.newerKind else { return }
        throw .refused(
            Refusal(
                .storageUnavailable,
                "\(State.ref(snapshot.stream.number)) has an entry of the kind \(kind), written by a newer version of Drumbeat; this "
                    + "version can show it but not change it. Start the newer version again, then retry with the "
                    + "same Idempotency-Key.", retryAfter: .seconds(60)))
    }

    /// Other states that an action reads, by number.
    private mutating func others<State>(
        of action: any Action<State>, on state: State, in shelf: Shelf<State>
    ) throws(WriteFault) -> [Int: State] {
        var known: [Int: State] = [:]
        var asked: Set<Int> = []
        while true {
            let wanted = action.alsoReads(on: state, given: known).filter { asked.insert($0).inserted }
            guard !wanted.isEmpty else { return known }
            for number in wanted {
                guard let number = try self.number(of: .number(number), in: shelf),
                    let snapshot = try snapshot(number, in: shelf)
                else { continue }
                try requireKnownKinds(snapshot)
                known[number] = snapshot.state
            }
        }
    }
}
