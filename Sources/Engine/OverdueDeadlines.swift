import Time

/// How many open deadlines have passed: counted as they pass, so that asking is cheap with 100,000 of them.
struct OverdueDeadlines: Sendable {
    /// The open deadlines, by number.
    private var deadlines: [Int: Timestamp] = [:]
    /// Those that lie ahead.
    private var ahead = Schedule()
    /// The numbers whose deadline has passed.
    private var passed: Set<Int> = []
    private var latest: Timestamp?

    /// Sets a number's deadline, or takes it away.
    mutating func set(_ dueAt: Timestamp?, for number: Int) {
        // A note moves no deadline.
        guard deadlines[number] != dueAt else { return }
        deadlines[number] = dueAt
        passed.remove(number)
        ahead.set(dueAt, for: number)
    }

    /// How many deadlines have passed at that moment.
    mutating func count(at now: Timestamp) -> Int {
        if let latest, now < latest { putBack(after: now) }
        latest = now
        while let number = ahead.takeDue(at: now) { passed.insert(number) }
        return passed.count
    }

    /// The clock was set back: what has passed may lie ahead again.
    private mutating func putBack(after now: Timestamp) {
        for number in passed {
            guard let dueAt = deadlines[number], dueAt > now else { continue }
            passed.remove(number)
            ahead.set(dueAt, for: number)
        }
    }
}
