import Model
import Time

/// A nag sent at another time than the beat's own; later nags keep their distance from it.
struct MovedNag: Sendable, Equatable {
    let number: Int
    let moment: Timestamp
    /// When the previous nag was or would have been sent; `nil` for the first.
    let previous: Timestamp?
}

/// A nag that a snooze holds back.
struct HeldNag: Sendable, Equatable {
    let number: Int
    /// When it would be sent without the snooze.
    let moment: Timestamp
}

/// When nags for a status update are sent (domain.md, section 6; docs/decisions/0007).
extension Cadence {
    /// Upper bound of snoozes between two updates.
    public static let snoozesMax = 2

    /// When nag `number` is sent, unless an update comes first.
    public func moment(ofNag number: Int) -> Timestamp {
        let usual = beat.moment(ofNag: number)
        guard let moved, moved.number <= number else { return usual }
        return moved.moment + (usual - beat.moment(ofNag: moved.number))
    }

    /// The highest number, above those sent, that is due; `nil` when none is.
    ///
    /// Lower unsent numbers are skipped, so that a downtime causes one late nag and not a burst.
    public func nagDue(at now: Timestamp) -> Int? {
        guard now >= beat.dueAt, lastNagNumber < Beat.nagsMax else { return nil }
        // Nags that are not sent yet have all moved by the same time.
        let moved = moved.map { $0.moment - beat.moment(ofNag: $0.number) } ?? .zero
        let number = beat.lastNag(by: now - moved)
        return number > lastNagNumber ? number : nil
    }

    /// The number of the next nag: one that is due and not sent yet, else the one after the last.
    func nextNag(at now: Timestamp) -> Int {
        nagDue(at: now) ?? lastNagNumber + 1
    }

    /// Holds nag `number` back until a moment, if it would be sent earlier, and later nags with it; `nil` when none is left. The deadline
    /// stays. Returns whether `snoozedUntil` changed.
    mutating func snooze(_ number: Int?, until moment: Timestamp) -> Bool {
        let before = snoozedUntil
        snoozes += 1
        snoozedUntil = max(before ?? moment, moment)
        if let number {
            let own = self.moment(ofNag: number)
            // A second snooze of the same nag: its own moment is the one before the first.
            if heldBack?.number != number { heldBack = HeldNag(number: number, moment: own) }
            lastNagNumber = max(lastNagNumber, number - 1)
            move(number, to: max(own, moment))
        }
        return snoozedUntil != before
    }

    /// Ends the snooze: the nags that it held back get their own moments again, now at the earliest. It stays counted.
    mutating func endSnooze(at now: Timestamp) -> Bool {
        guard snoozedUntil != nil else { return false }
        if let heldBack, heldBack.number == lastNagNumber + 1 {
            move(heldBack.number, to: max(heldBack.moment, now))
        }
        snoozedUntil = nil
        heldBack = nil
        return true
    }

    mutating func move(_ number: Int, to moment: Timestamp) {
        let previous = self.moment(beforeNag: number)
        moved =
            moment == beat.moment(ofNag: number)
            ? nil : MovedNag(number: number, moment: moment, previous: previous)
    }

    /// When the nag before `number` was or would have been sent: it may have been moved, and skipped since.
    func moment(beforeNag number: Int) -> Timestamp? {
        if let moved, moved.number == number { return moved.previous }
        return number > 1 ? moment(ofNag: number - 1) : nil
    }
}
