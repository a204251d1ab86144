import Model
import Time

/// A nag that goes out at another moment than the beat's own; those behind it keep their distance from it.
struct MovedNag: Sendable, Equatable {
    let number: Int
    let moment: Timestamp
    /// When the one before it went out, or would have; `nil` for the first.
    let previous: Timestamp?
}

/// When nags for a status update go out (domain.md, section 6; docs/decisions/0007).
extension Cadence {
    /// How often nags may be snoozed between two updates.
    public static let snoozesMax = 2

    /// Until when nags are held back; `nil` when they are not. A shorter snooze takes nothing from a longer one.
    public var snoozedUntil: Timestamp? {
        snoozes.max()
    }

    /// When nag `number` goes out, unless an update comes first.
    public func moment(ofNag number: Int) -> Timestamp {
        let usual = beat.moment(ofNag: number)
        guard let moved, moved.number <= number else { return usual }
        return moved.moment + (usual - beat.moment(ofNag: moved.number))
    }

    /// The highest number, above those sent, whose moment has come; `nil` when none has.
    ///
    /// Lower ones that were never sent are passed over, so that any downtime costs one late nag and not a burst.
    public func nagDue(at now: Timestamp) -> Int? {
        guard now >= beat.dueAt, lastNagNumber < beat.nagMax else { return nil }
        return (lastNagNumber + 1...beat.nagMax).last { moment(ofNag: $0) <= now }
    }

    /// The number of the nag that comes next: one that is due and not sent yet, else the one behind the last.
    func nextNag(at now: Timestamp) -> Int {
        nagDue(at: now) ?? lastNagNumber + 1
    }

    /// Holds nag `number` back until a moment, if it would go out earlier, and those behind it along; `nil` when none is to
    /// come. The deadline stays. Says whether a reader sees another end of it.
    mutating func snooze(_ number: Int?, until moment: Timestamp) -> Bool {
        let before = snoozedUntil
        snoozes.append(moment)
        if let number {
            lastNagNumber = max(lastNagNumber, number - 1)
            move(number, to: max(self.moment(ofNag: number), moment))
        }
        return snoozedUntil != before
    }

    mutating func move(_ number: Int, to moment: Timestamp) {
        let previous = self.moment(beforeNag: number)
        moved =
            moment == beat.moment(ofNag: number)
            ? nil : MovedNag(number: number, moment: moment, previous: previous)
    }

    /// When the nag before `number` went out, or would have: it may have been moved itself, and passed over since.
    func moment(beforeNag number: Int) -> Timestamp? {
        if let moved, moved.number == number { return moved.previous }
        return number > 1 ? moment(ofNag: number - 1) : nil
    }
}
