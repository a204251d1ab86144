import Journal
import Model
import Time

/// Which open streams have followed the clock since it was set back (domain.md, section 5).
///
/// A clock that falls while the service runs falls by a known step, which every open stream follows once. After a restart the step is not
/// known: a stream follows when its last entry lies ahead of the clock, and no longer does once it has.
struct ClockSteps: Sendable {
    /// A restart may find the clock this far behind the last entry without a step: small differences are slewed.
    static let tolerance: Duration = .seconds(1)

    /// The sum of steps that every open stream has followed.
    private var followed: Duration = .zero
    /// Streams that have followed more, and how much.
    private var followedBy: [StreamID: Duration] = [:]
    /// How far the newest entry lay ahead of the clock at the start.
    var atStart: Duration = .zero
    /// The sum when the current walk over the open streams began.
    private var walkingTo: Duration?

    /// Whether a stream may have to follow a clock that fell by `setBack` since the start.
    func mayBeOwed(_ setBack: Duration) -> Bool { setBack > followed }

    /// The step that an open stream has to follow; zero or less for none.
    func step(owedBy stream: StreamID, _ setBack: Duration) -> Duration {
        setBack - max(followed, followedBy[stream] ?? .zero)
    }

    mutating func begin(_ setBack: Duration) {
        walkingTo = setBack
    }

    /// Records that streams are up to date, because they followed or were written by the new time.
    mutating func follow(_ streams: Set<StreamID>, _ setBack: Duration) {
        guard mayBeOwed(setBack) else { return }
        for stream in streams { followedBy[stream] = setBack }
    }

    /// Every open stream was looked at since `begin`.
    mutating func end() {
        atStart = .zero
        guard let walked = walkingTo else { return }
        walkingTo = nil
        followed = max(followed, walked)
        followedBy = followedBy.filter { $0.value > walked }
    }
}

/// Lets some open streams follow a clock that was set back, of all that the scheduler found.
public struct FollowClock<State: StoredAggregate>: WriteRequest {
    /// About 10 ms of the lane.
    static var streamsMax: Int { 100 }

    private let numbers: [Int]
    private let shelf: Shelf<State>
    private let isFirst: Bool
    private let isLast: Bool

    public init(_ numbers: [Int], in shelf: Shelf<State>, isFirst: Bool, isLast: Bool) {
        self.numbers = numbers
        self.shelf = shelf
        self.isFirst = isFirst
        self.isLast = isLast
    }

    public var priority: WritePriority { .critical }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        if isFirst { transaction.beginsClockWalk = true }
        for number in numbers {
            guard let snapshot = try transaction.snapshot(number, in: shelf) else { continue }
            try transaction.followClock(snapshot, in: shelf)
        }
        if isLast { transaction.endsClockWalk = true }
        return .finished
    }
}

extension WriteTransaction {
    /// The state as it will be once the stream has followed the clock; itself when it has.
    func followingClock<State>(_ snapshot: Snapshot<State>) -> Snapshot<State> {
        guard mayOweClock(snapshot.recordedAt), let entry = clockCorrection(of: snapshot) else {
            return snapshot
        }
        var state = snapshot.state
        let place = Place(
            seq: snapshot.seq + 1, id: "", author: Author.service.person, occurredAt: now, recordedAt: now,
            visibility: .internal)
        state.apply(entry.payload, of: type(of: entry.payload), at: place)
        return Snapshot(
            state, of: snapshot.stream, hash: snapshot.hash, lastChange: snapshot.lastChange)
    }

    /// Whether a stream whose last entry was recorded then may have to follow the clock. Nearly always false, without a look at the state.
    func mayOweClock(_ recordedAt: Timestamp) -> Bool {
        recordedAt > now + ClockSteps.tolerance || clockSteps.mayBeOwed(setBack)
    }

    /// The entry that a stream needs before it gets any other; `nil` for none.
    func clockCorrection<State>(of snapshot: Snapshot<State>) -> NewEntry<State>? {
        guard State.clockKind != nil, snapshot.newerKind == nil else { return nil }
        let step = clockSteps.step(owedBy: snapshot.stream, setBack)
        let isAwake = snapshot.state.isOpen || snapshot.state.nextAlarmAt != nil
        if isAwake, step > .zero, !touched.contains(snapshot.stream) {
            return snapshot.state.clockCorrection(from: now + step, to: now)
        }
        guard snapshot.recordedAt > now + ClockSteps.tolerance else { return nil }
        return snapshot.state.clockCorrection(
            from: max(snapshot.recordedAt, now + clockSteps.atStart), to: now)
    }
}
