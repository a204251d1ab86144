import Time

/// What an entry sets the clock of updates to: everything about the next deadline that follows from policy.
public struct Beat: Sendable, Equatable {
    /// From an update to the next deadline.
    public var interval: Duration
    /// The deadline.
    public var dueAt: Timestamp
    /// When nags 1, 2, 3 … go out after the deadline; later ones follow by the interval.
    public var nagSteps: [Duration]
    /// How many nags the deadline may cause.
    public var nagMax: Int
    /// When the deadline is announced as near; `nil` when it is set too late for that, or never.
    public var dueSoonAt: Timestamp?

    /// A deadline and what follows when it is missed.
    public init(
        interval: Duration, dueAt: Timestamp, nagSteps: [Duration], nagMax: Int, dueSoonAt: Timestamp?
    ) {
        self.interval = interval
        self.dueAt = dueAt
        self.nagSteps = nagSteps
        self.nagMax = nagMax
        self.dueSoonAt = dueSoonAt
    }

    /// The beat that policy gives a deadline set at `now`.
    ///
    /// `update.due_soon` is left out when the deadline was set less than its lead ahead (domain.md, section 6).
    init(due dueAt: Timestamp, interval: Duration, under policy: Policy, setAt now: Timestamp) {
        let soon = dueAt - policy.dueSoon
        self.init(
            interval: interval, dueAt: dueAt, nagSteps: policy.nagSteps, nagMax: policy.nagMax,
            dueSoonAt: policy.dueSoon > .zero && soon >= now ? soon : nil)
    }

    /// When nag `number` (from 1) would go out if nobody snoozed.
    ///
    /// The first ones follow the steps after the deadline, each later one comes an interval after the one before it.
    public func moment(ofNag number: Int) -> Timestamp {
        guard let last = nagSteps.last else { return dueAt + interval * max(0, number - 1) }
        if number >= 1, number <= nagSteps.count {
            return dueAt + nagSteps[number - 1]
        }
        return dueAt + last + interval * max(0, number - nagSteps.count)
    }
}

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
        /// The highest number among the nags for this moment that were sent or passed over, those of an earlier deadline at
        /// the same moment included; 0 when there was none.
        public var lastNagNumber: Int
    }

    /// The open deadline as the last entry set it.
    public internal(set) var beat: Beat
    /// From the next update to its deadline. Another one than the open deadline's while a slower beat waits for that update.
    public internal(set) var interval: Duration
    /// What holds the nags for the open deadline back; at most `Snooze.max`.
    public internal(set) var snoozes: [Snooze]
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
    /// The last numbers of nags for moments from which a deadline was moved away, should one come back to them.
    private var lastNagNumbersBeforeMoves: [Timestamp: Int]

    /// How many nags were sent for the open deadline.
    public var nagsSent: Int {
        hasOpenDeadline ? deadlines.last?.nags ?? 0 : 0
    }

    /// The number of the last nag for the current deadline; 0 when there was none.
    public var lastNagNumber: Int {
        deadlines.last?.lastNagNumber ?? 0
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
        lastNagNumbersBeforeMoves = before?.lastNagNumbersBeforeMoves ?? [:]
        deadlines.append(deadline(at: beat.dueAt))
    }

    /// A deadline that opens. An update may set one to a moment that was nagged for before (told late, or
    /// promised so): the numbers go on from there, because a nag is unique by its deadline and number (invariant I7).
    private func deadline(at dueAt: Timestamp) -> Deadline {
        Deadline(
            dueAt: dueAt, metAt: nil, lateBySeconds: nil, nags: 0, lastNagNumber: lastNagNumber(at: dueAt))
    }

    private func lastNagNumber(at dueAt: Timestamp) -> Int {
        max(
            deadlines.lazy.filter { $0.dueAt == dueAt }.map(\.lastNagNumber).max() ?? 0,
            lastNagNumbersBeforeMoves[dueAt] ?? 0)
    }

    /// Moves the open deadline without meeting it, as a raised severity and a quicker beat do.
    mutating func shift(to beat: Beat) {
        self.beat = beat
        interval = beat.interval
        guard let last = deadlines.indices.last, hasOpenDeadline else { return }
        if deadlines[last].lastNagNumber > 0 {
            lastNagNumbersBeforeMoves[deadlines[last].dueAt] = deadlines[last].lastNagNumber
        }
        deadlines[last].lastNagNumber = max(deadlines[last].lastNagNumber, lastNagNumber(at: beat.dueAt))
        deadlines[last].dueAt = beat.dueAt
    }

    /// Holds the nags back. Says whether a reader sees another end of it.
    mutating func snooze(_ snooze: Snooze) -> Bool {
        let before = snoozedUntil
        snoozes.append(snooze)
        if let number = snooze.number, let last = deadlines.indices.last {
            deadlines[last].lastNagNumber = max(deadlines[last].lastNagNumber, number - 1)
        }
        return snoozedUntil != before
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
        guard let beat else { return }
        self.beat = beat
        deadlines.append(deadline(at: beat.dueAt))
    }

    /// Counts a nag for the open deadline.
    mutating func count(_ nag: NagSent) {
        breached = breached || nag.breached
        if let last = deadlines.indices.last {
            deadlines[last].nags += 1
            deadlines[last].lastNagNumber = nag.number
        }
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
