import Model
import Time

extension ChatLog {
    /// Upper bound of the lines that a refusal names.
    private static let flawsMax = 50

    /// A message with its moment.
    public struct Dated: Sendable, Equatable {
        public let message: Message
        public let at: Timestamp
    }

    /// The moments of the messages in a zone. `firstDay` is the day of messages before the first date in the log; `nil` for the day on
    /// which the incident began. Throws a refusal that names the lines too far ahead of `now`, as any entry would be.
    public func dated(
        from firstDay: CivilDate?, in zone: ZoneRules, on incident: Incident, now: Timestamp
    ) throws(Refusal) -> [Dated] {
        // Not that of this episode: the same log must get the same times after a reopening.
        let start = incident.firstImpactStartedAt
        let messages = dated(from: firstDay ?? self.firstDay(at: start, in: zone, now: now), in: zone)
        let ahead = messages.filter { isTooFarAhead($0.at, of: now) }
        guard ahead.isEmpty else {
            throw .ahead(
                ahead.prefix(ChatLog.flawsMax).map { ($0.at, "#L\($0.message.line)") }, of: now,
                advice: "Check date and zone of the log.")
        }
        return messages
    }

    /// The moments of the messages in a zone. `firstDay` is the day of messages before the first date in the log.
    ///
    /// An hour that comes twice is the first one, unless the message before was later. An hour that is left out counts on from the hour
    /// before it.
    public func dated(from firstDay: CivilDate, in zone: ZoneRules) -> [Dated] {
        var last: Timestamp?
        return messages.map { message in
            let day =
                switch message.day {
                case .after(let days): firstDay.daysSinceEpoch + Int64(days)
                case .date(let date): date.daysSinceEpoch
                }
            let moments = zone.moments(ofWall: day * 86_400 + Int64(message.second))
            let moment = moments.first { $0 >= last ?? $0 } ?? moments.last ?? Timestamp(milliseconds: 0)
            last = moment
            return Dated(message: message, at: moment)
        }
    }

    /// The day on which the log began, if it names none: that of `start`, or so many days earlier that no message lies after `now`.
    func firstDay(at start: Timestamp, in zone: ZoneRules, now: Timestamp) -> CivilDate {
        var day = zone.day(of: start)
        // Two rounds: a change of the clock may cost an hour in the first.
        for _ in 0..<2 {
            let ends = dated(from: day, in: zone).filter {
                if case .after = $0.message.day { true } else { false }
            }
            guard let end = ends.map(\.at).max(), end > now else { break }
            let days = ((end - now).wholeSeconds + 86_399) / 86_400
            day = CivilDate(daysSinceEpoch: day.daysSinceEpoch - max(1, days))
        }
        return day
    }
}
