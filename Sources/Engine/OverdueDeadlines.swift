import Time

/// Number of open deadlines that have passed. Updated incrementally, so that reading it is cheap with 100,000 deadlines.
struct OverdueDeadlines: Sendable {
    /// Open deadlines, by number.
    private var deadlines: [Int: Timestamp] = [:]
    /// Deadlines in the future.
    private var ahead = Schedule()
    /// Numbers whose deadline has passed.
    private var passed: Set<Int> = []
    private var latest: Timestamp?

    /// `nil` removes the deadline.
    mutating func set(_ dueAt: Timestamp?, for number: Int) {
        // Most entries, such as notes, do not change the deadline.
        guard deadlines[number] != dueAt else { return }
        deadlines[number] = dueAt
        passed.remove(number)
        ahead.set(dueAt, for: number)
    }

    /// Number of deadlines at or before `now`.
    mutating func count(at now: Timestamp) -> Int {
        if let latest, now < latest { putBack(after: now) }
        latest = now
        while let number = ahead.takeDue(at: now) { passed.insert(number) }
        return passed.count
    }

    /// The clock was set back: passed deadlines may be in the future again.
    private mutating func putBack(after now: Timestamp) {
        for number in passed {
            guard let dueAt = deadlines[number], dueAt > now else { continue }
            passed.remove(number)
            ahead.set(dueAt, for: number)
        }
    }
}
