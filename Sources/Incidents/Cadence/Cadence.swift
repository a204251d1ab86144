import Model
import Time

/// The clock of status updates: when the next is due, and what was asked for so far (domain.md, section 6).
public struct Cadence: Sendable, Equatable {
    /// One deadline and what became of it.
    public struct Deadline: Sendable, Equatable {
        /// When an update was due.
        public var dueAt: Timestamp
        /// When one came.
        public var metAt: Timestamp?
        /// How late it came, in whole seconds.
        public var lateBySeconds: Int?
        /// How many nags it took.
        public var nags: Int
    }

    /// The open deadline as the last entry set it.
    public internal(set) var beat: Beat
    /// From the next update to its deadline. Another one than the open deadline's while a slower beat waits for that update.
    public internal(set) var interval: Duration
    /// Until when nags were asked to be held back since the last update, as often as somebody asked; at most `snoozesMax`.
    public internal(set) var snoozes: [Timestamp]
    /// A nag that goes out at another moment than the beat's own, with those behind it moved along.
    var moved: MovedNag?
    /// When the last update that counts was published.
    public internal(set) var lastUpdateAt: Timestamp?
    /// How many updates were published in this episode, those left out that speak of a time before it.
    public internal(set) var updatesInEpisode: Int
    /// The seq of the last update that counts; 0 when there was none in this episode.
    public internal(set) var lastUpdateSeq: Int
    /// Whether the current deadline has been missed so long that everybody was asked.
    public internal(set) var breached: Bool
    /// Whether a deadline stands open; an incident that ended keeps its last one until its final update.
    public internal(set) var hasOpenDeadline: Bool
    /// Every deadline so far, the current one last.
    public internal(set) var deadlines: [Deadline]
    /// The highest number among the nags for the open deadline that were sent or passed over; 0 when there was none.
    public internal(set) var lastNagNumber: Int
    /// The last number that was sent for each moment, should a deadline come back to it.
    private var spentNumbers: [Timestamp: Int]

    /// How many nags were sent for the open deadline.
    public var nagsSent: Int {
        hasOpenDeadline ? deadlines.last?.nags ?? 0 : 0
    }

    /// The clock of a new incident or episode.
    init(startingWith beat: Beat, after before: Cadence? = nil) {
        self.beat = beat
        interval = beat.interval
        snoozes = []
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

    /// Opens a deadline. An update may set one to a moment that was nagged for before (told late, or promised so): the
    /// numbers go on from there, because a nag is unique by its deadline and number (invariant I7).
    private mutating func open(_ beat: Beat) {
        self.beat = beat
        moved = nil
        lastNagNumber = spentNumbers[beat.dueAt] ?? 0
        deadlines.append(Deadline(dueAt: beat.dueAt, metAt: nil, lateBySeconds: nil, nags: 0))
    }

    /// Moves the open deadline without meeting it, as a raised severity and a quicker beat do.
    ///
    /// What went out stays as it was, and what is next comes at once at the soonest, so that a deadline which is over by the
    /// move asks everybody in turn, as any other does.
    mutating func shift(to beat: Beat, at now: Timestamp) {
        let next = nextNag(at: now)
        let previous = moment(beforeNag: lastNagNumber + 1)
        self.beat = beat
        interval = beat.interval
        moved = nil
        lastNagNumber = max(next - 1, spentNumbers[beat.dueAt] ?? 0)
        let number = lastNagNumber + 1
        var moment = beat.moment(ofNag: number)
        if number == next, number > beat.nagSteps.count, let previous { moment = previous + beat.interval }
        move(number, to: max(moment, now, snoozedUntil ?? now))
        if let last = deadlines.indices.last { deadlines[last].dueAt = beat.dueAt }
    }

    /// Closes the open deadline with an update at `moment`, and opens the next one, if there is one.
    mutating func meet(at moment: Timestamp, lateBySeconds: Int?, next beat: Beat?) {
        if hasOpenDeadline, let last = deadlines.indices.last {
            deadlines[last].metAt = moment
            deadlines[last].lateBySeconds = lateBySeconds
        }
        lastUpdateAt = moment
        snoozes = []
        breached = false
        hasOpenDeadline = beat != nil
        if let beat { open(beat) }
    }

    /// Counts a nag for the open deadline.
    mutating func count(_ nag: NagSent) {
        breached = breached || nag.breached
        lastNagNumber = nag.number
        spentNumbers[nag.dueAt] = nag.number
        if let last = deadlines.indices.last { deadlines[last].nags += 1 }
    }
}

extension Incident {
    /// The label of the last mark of the cadence since the episode began: `T+0`, `T+15`; `T+20s` for an odd interval.
    public func slot(at moment: Timestamp) -> String {
        let interval = max(1, cadence.interval.wholeSeconds)
        let elapsed = max(0, (moment - episodeStartedAt).wholeSeconds)
        let mark = elapsed / interval * interval
        return mark % 60 == 0 ? "T+\(mark / 60)" : "T+\(mark)s"
    }
}
