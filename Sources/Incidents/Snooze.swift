import Time

/// Nags for a status update that are held back (domain.md, section 6). The deadline stays.
public struct Snooze: Sendable, Equatable {
    /// Until when.
    public let until: Timestamp
    /// The nag that would have been next; `nil` when none was to come.
    public let number: Int?

    /// How many there may be between two updates.
    public static let max = 2
}

extension Cadence {
    /// Until when nags are held back; `nil` when they are not. A shorter snooze takes nothing from a longer one.
    public var snoozedUntil: Timestamp? {
        snoozes.map(\.until).max()
    }

    /// When nag `number` goes out, unless an update comes first.
    ///
    /// A snooze moves the nag that was next to its end, if that is later, and those behind it along.
    public func moment(ofNag number: Int) -> Timestamp {
        var delay: Duration = .zero
        for snooze in snoozes {
            guard let first = snooze.number, first <= number else { continue }
            let moment = beat.moment(ofNag: first) + delay
            if snooze.until > moment { delay += snooze.until - moment }
        }
        return beat.moment(ofNag: number) + delay
    }

    /// The highest number, above those sent, whose moment has come; `nil` when none has.
    ///
    /// Lower ones that were never sent are passed over, so that any downtime costs one late nag and not a burst.
    public func nagDue(at now: Timestamp) -> Int? {
        guard now >= beat.dueAt, lastNagNumber < beat.nagMax else { return nil }
        return (lastNagNumber + 1...beat.nagMax).last { moment(ofNag: $0) <= now }
    }
}
