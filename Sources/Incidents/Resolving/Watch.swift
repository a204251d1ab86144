import Model
import Time

/// The time after a fix in which the incident is watched, before it may be resolved (domain.md, section 8).
public struct Watch: Sendable, Equatable {
    public var startedAt: Timestamp
    /// From then on a check counts as a late one.
    public var middleAt: Timestamp
    public var until: Timestamp

    public init(startedAt: Timestamp, middleAt: Timestamp, until: Timestamp) {
        self.startedAt = startedAt
        self.middleAt = middleAt
        self.until = until
    }

    /// A watch that starts at `now`.
    init(of severity: Severity, under policy: Policy, at now: Timestamp) {
        let length = policy.watch.length(of: severity)
        self.init(startedAt: now, middleAt: now + length / 2, until: now + length)
    }

    public func runs(at now: Timestamp) -> Bool { now < until }

    mutating func move(by step: ClockStep) {
        startedAt = step.moved(startedAt)
        middleAt = step.moved(middleAt)
        until = step.moved(until)
    }
}

extension Watch {
    /// `nil` without the member `watch`, as in entries of Drumbeat 0.1.
    init?(from facts: ObjectReader) throws(FieldError) {
        guard let watch = try facts.object("watch") else { return nil }
        startedAt = try watch.read("started_at")
        middleAt = try watch.read("middle_at")
        until = try watch.read("until")
    }

    func write(to facts: inout ObjectWriter) {
        facts.write("watch") { watch in
            watch.write("started_at", startedAt)
            watch.write("middle_at", middleAt)
            watch.write("until", until)
        }
    }
}

extension Policy {
    /// How long watches are.
    public struct Watches: Sendable, Equatable {
        /// No watch is shorter, except a minor one of zero length.
        public var floor: Duration
        /// Whole seconds.
        public var usual: Duration
        /// Of minor incidents, where it differs; with zero only the check counts.
        public var minor: Duration?

        public init(floor: Duration, usual: Duration, minor: Duration?) {
            self.floor = floor
            self.usual = usual
            self.minor = minor
        }

        public static let standard = Watches(floor: .seconds(600), usual: .seconds(900), minor: nil)

        public func length(of severity: Severity) -> Duration {
            severity == .minor ? minor ?? usual : usual
        }
    }
}

extension Incident {
    /// Starts a watch with an entry at `place`.
    mutating func begin(_ watch: Watch, at place: Place) {
        self.watch = watch
        checks.countSince(place.seq)
    }

    /// The watch leaves with `monitoring`; what it held back may go out.
    mutating func endWatch(at moment: Timestamp) {
        guard let watch else { return }
        decision?.release(from: watch, at: moment)
        self.watch = nil
    }

    /// The entry that starts the watch over; `nil` while nothing is watched.
    func watchReset(
        _ reason: WatchReset.Reason, of severity: Severity, _ given: Circumstances<Incident>
    ) -> NewEntry<Incident>? {
        guard status == .monitoring else { return nil }
        let reset = WatchReset(
            reason: reason, watch: Watch(of: severity, under: given.policy, at: given.now))
        return given.entry(reset, "The watch starts over: \(reason.words)")
    }
}
