import Model
import Time

/// The clock of status updates: when the next is due, and the nags sent so far (domain.md, section 6).
public struct Cadence: Sendable, Equatable {
    /// A deadline and its outcome.
    public struct Deadline: Sendable, Equatable {
        public var dueAt: Timestamp
        /// When an update met it.
        public var metAt: Timestamp?
        /// Lateness of that update, in whole seconds.
        public var lateBySeconds: Int?
        /// Number of nags sent.
        public var nags: Int
    }

    /// How many deadlines are kept, and how many nags are listed with them: the last ones (domain.md, section 6). Each entry copies the
    /// state.
    public static let deadlinesMax = 100

    /// The open deadline as set by the last entry.
    public internal(set) var beat: Beat
    /// From the next update to its deadline. Differs from the open deadline's interval while a slower one waits for that update.
    public internal(set) var interval: Duration
    /// Number of snoozes since the last update, at most `snoozesMax`.
    public internal(set) var snoozes: Int
    /// Until when nags are held back; `nil` without a snooze. A shorter snooze does not shorten a longer one.
    public internal(set) var snoozedUntil: Timestamp?
    /// The first nag that a snooze holds back, with its own moment.
    var heldBack: HeldNag?
    /// A nag sent at another time than the beat's own; later nags move along.
    var moved: MovedNag?
    /// When the last counted update was published.
    public internal(set) var lastUpdateAt: Timestamp?
    /// Updates published in this episode, without those about a time before it.
    public internal(set) var updatesInEpisode: Int
    /// The seq of the last counted update; 0 when there is none in this episode.
    public internal(set) var lastUpdateSeq: Int
    /// Whether the current deadline was missed for so long that everyone was nagged.
    public internal(set) var breached: Bool
    /// The seq of the nag that breached it; `nil` when it is not breached.
    var breachedBy: Int?
    /// Whether a deadline is open. An incident that ended keeps its last one until its final update.
    public internal(set) var hasOpenDeadline: Bool
    /// The last deadlines, the current one last.
    public internal(set) var deadlines: [Deadline]
    /// The highest number among the sent or skipped nags of the open deadline; 0 when there is none.
    public internal(set) var lastNagNumber: Int
    /// The last number sent per deadline, in case a later deadline is at the same time. Those up to the last update are left out, because
    /// a deadline is later than the update that sets it.
    private(set) var spentNumbers: [Timestamp: Int]

    /// Number of nags sent for the open deadline.
    public var nagsSent: Int {
        hasOpenDeadline ? deadlines.last?.nags ?? 0 : 0
    }

    /// The clock of a new incident or episode.
    init(startingWith beat: Beat, after before: Cadence? = nil) {
        self.beat = beat
        interval = beat.interval
        snoozes = 0
        lastUpdateAt = nil
        updatesInEpisode = 0
        lastUpdateSeq = 0
        breached = false
        hasOpenDeadline = true
        deadlines = before?.deadlines ?? []
        spentNumbers = before?.spentNumbers ?? [:]
        lastNagNumber = 0
        open(beat)
    }

    /// Opens a deadline. An update (a late one, or its promise) may set a deadline to a time that was nagged for before. The numbers then
    /// continue, because a nag is unique by deadline and number (invariant I7).
    private mutating func open(_ beat: Beat) {
        self.beat = beat
        moved = nil
        heldBack = nil
        lastNagNumber = spentNumbers[beat.dueAt] ?? 0
        if deadlines.count == Cadence.deadlinesMax { deadlines.removeFirst() }
        deadlines.append(Deadline(dueAt: beat.dueAt, metAt: nil, lateBySeconds: nil, nags: 0))
    }

    /// Moves the open deadline without meeting it, as a raised severity and a shorter interval do.
    ///
    /// Sent nags stay counted, and the next one is sent now at the earliest, so that a deadline which has passed because of the move asks
    /// everyone in turn, as any other.
    mutating func shift(to beat: Beat, at now: Timestamp) {
        let next = nextNag(at: now)
        let previous = moment(beforeNag: lastNagNumber + 1)
        self.beat = beat
        interval = beat.interval
        moved = nil
        lastNagNumber = max(next - 1, spentNumbers[beat.dueAt] ?? 0)
        let number = lastNagNumber + 1
        var moment = beat.moment(ofNag: number)
        if number == next, number > beat.nagSteps.count, let previous {
            moment = previous + beat.step(toNag: number, after: previous)
        }
        let own = max(moment, now)
        heldBack = snoozedUntil.flatMap { $0 > own ? HeldNag(number: number, moment: own) : nil }
        move(number, to: max(own, snoozedUntil ?? own))
        if let last = deadlines.indices.last { deadlines[last].dueAt = beat.dueAt }
    }

    /// Moves what is due, and the moments of nags, by a step of the clock. Sent nags stay counted.
    mutating func move(by step: ClockStep) {
        let next = lastNagNumber + 1
        let moment = step.moved(self.moment(ofNag: next))
        let previous = self.moment(beforeNag: next).map(step.moved)
        beat.dueAt = step.moved(beat.dueAt)
        beat.dueSoonAt = beat.dueSoonAt.map(step.moved)
        snoozedUntil = snoozedUntil.map(step.moved)
        heldBack = heldBack.map { HeldNag(number: $0.number, moment: step.moved($0.moment)) }
        lastUpdateAt = lastUpdateAt.map(step.past)
        for index in deadlines.indices {
            deadlines[index].dueAt = step.past(deadlines[index].dueAt)
            deadlines[index].metAt = deadlines[index].metAt.map(step.past)
        }
        if let last = deadlines.indices.last, deadlines[last].metAt == nil {
            deadlines[last].dueAt = beat.dueAt
        }
        // The new deadline may be one that was nagged for before.
        lastNagNumber = max(lastNagNumber, spentNumbers[beat.dueAt] ?? 0)
        let number = lastNagNumber + 1
        moved =
            moment == beat.moment(ofNag: number)
            ? nil : MovedNag(number: number, moment: moment, previous: previous)
    }

    /// Closes the open deadline with an update at `moment`, and opens the next one, if any.
    mutating func meet(at moment: Timestamp, lateBySeconds: Int?, next beat: Beat?) {
        if hasOpenDeadline, let last = deadlines.indices.last {
            deadlines[last].metAt = moment
            deadlines[last].lateBySeconds = lateBySeconds
        }
        lastUpdateAt = moment
        if spentNumbers.keys.contains(where: { $0 <= moment }) {
            spentNumbers = spentNumbers.filter { $0.key > moment }
        }
        snoozes = 0
        snoozedUntil = nil
        breached = false
        breachedBy = nil
        hasOpenDeadline = beat != nil
        if let beat { open(beat) }
    }

    /// Counts a nag for the open deadline.
    mutating func count(_ nag: NagSent) {
        breached = breached || nag.breached
        lastNagNumber = nag.number
        spentNumbers[nag.dueAt] = nag.number
        // Moved deadlines alone, without an update, do not come often; the earliest is in the past and does not come back.
        if spentNumbers.count > Cadence.deadlinesMax, let earliest = spentNumbers.keys.min() {
            spentNumbers[earliest] = nil
        }
        if let last = deadlines.indices.last { deadlines[last].nags += 1 }
    }
}

extension Incident {
    /// Label of the last interval mark since the episode began: `T+0`, `T+15`; `T+20s` when it is not a whole minute.
    public func slot(at moment: Timestamp) -> String {
        let interval = max(1, cadence.interval.wholeSeconds)
        let elapsed = max(0, (moment - episodeStartedAt).wholeSeconds)
        let mark = elapsed / interval * interval
        return mark % 60 == 0 ? "T+\(mark / 60)" : "T+\(mark)s"
    }
}
