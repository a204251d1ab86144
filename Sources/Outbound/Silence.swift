import Time

/// How long a peer has sent nothing.
///
/// libcurl's limit of the speed cannot tell: it counts whole bytes a second over a few seconds, and of a comment each 15 s that is 0.
struct Silence {
    let limit: Duration
    private var since: Duration

    init(limit: Duration, from now: Duration) {
        self.limit = limit
        since = now
    }

    /// A byte has come.
    mutating func end(at now: Duration) { since = now }

    /// Time in which no one looked for bytes does not count.
    mutating func leaveOut(_ duration: Duration) { since += duration }

    func isTooLong(at now: Duration) -> Bool { now - since >= limit }
}
