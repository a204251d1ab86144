import Engine
import Journal
import Time

/// Ticks by a clock that was not set back but as the times show.
extension Scheduler {
    @discardableResult
    package func tick(at now: Timestamp) -> Timestamp? {
        tick(at: StoreClock.Reading(now: now, setBack: .zero))
    }
}

extension Outbox {
    @discardableResult
    package func tick(at now: Timestamp) -> Timestamp? {
        tick(at: StoreClock.Reading(now: now, setBack: .zero))
    }
}
