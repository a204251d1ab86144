import Time

/// Another beat, as somebody wanted it.
public struct CadenceChanged: Sendable, Equatable {
    /// The interval before.
    public var from: Duration
    /// The interval from now on or, when it is no quicker than the open deadline's, from the next update on.
    public var to: Duration
    /// The open deadline as it is now; `nil` when it stays as it was.
    public var beat: Beat?
    /// Why.
    public var reason: String?

    /// A change of the interval.
    public init(from: Duration, to: Duration, beat: Beat?, reason: String?) {
        self.from = from
        self.to = to
        self.beat = beat
        self.reason = reason
    }
}

/// An incident that was not over, with the clocks of its new episode.
public struct Reopened: Sendable, Equatable {
    /// The status before.
    public var from: Incident.Status
    /// The number of the episode that begins: 2…
    public var episode: Int
    /// Its first deadline.
    public var beat: Beat
    /// What is to happen when it goes on for long; `nil` in an entry of Drumbeat 0.1.0.
    public var clock: EpisodeClock?
    /// Why.
    public var reason: String?

    /// The beginning of another episode.
    public init(from: Incident.Status, episode: Int, beat: Beat, clock: EpisodeClock?, reason: String?) {
        self.from = from
        self.episode = episode
        self.beat = beat
        self.clock = clock
        self.reason = reason
    }
}
