import Glibc
import Incidents
import Model
import TestSupport
import Testing
import Time

/// The invariants of domain.md, section 10, over random histories.
///
/// A failure names the seed; `DRUMBEAT_TEST_SEED=… swift test` tells the same histories again.
struct HistoryPropertyTests {
    private static let histories = 200
    private static let steps = 60
    /// The chosen seed, else one from the time of day.
    private static let seed = Seed.chosen ?? UInt64(bitPattern: Int64(time(nil)))

    @Test func `every history keeps what the rules promise`() throws {
        var tally = RandomHistory.Tally()
        for index in 0..<HistoryPropertyTests.histories {
            let place: Comment = "DRUMBEAT_TEST_SEED=\(Self.seed), history \(index)"
            var history = try RandomHistory(seed: Self.seed &+ UInt64(index))
            history.live(steps: HistoryPropertyTests.steps)
            try #require(history.broken == [], place)
            try #require(HistoryPropertyTests.brokenInvariants(of: history.scenario) == [], place)
            tally.nags += history.tally.nags
            tally.decisionNags += history.tally.decisionNags
            tally.silences += history.tally.silences
            tally.staleNags += history.tally.staleNags
            tally.approvalNags += history.tally.approvalNags
            tally.handoverNags += history.tally.handoverNags
            tally.rollbacks += history.tally.rollbacks
            tally.snoozes += history.tally.snoozes
            tally.movedNags += history.tally.movedNags
            tally.slowed += history.tally.slowed
            tally.escalations += history.tally.escalations
            tally.lateNags += history.tally.lateNags
            tally.refusals += history.tally.refusals
            tally.reopenings += history.tally.reopenings
            tally.lateUpdates += history.tally.lateUpdates
            tally.secretDrafts += history.tally.secretDrafts
            tally.checks += history.tally.checks
            tally.watchResets += history.tally.watchResets
            tally.restored += history.tally.restored
        }
        // Histories in which nothing happens would keep every promise.
        let seed: Comment = "DRUMBEAT_TEST_SEED=\(Self.seed)"
        let all = [
            tally.nags, tally.lateNags, tally.refusals, tally.reopenings, tally.lateUpdates,
            tally.secretDrafts, tally.decisionNags, tally.silences, tally.snoozes, tally.movedNags,
            tally.slowed,
            tally.escalations,
            tally.checks, tally.watchResets,
            tally.approvalNags, tally.handoverNags, tally.rollbacks,
        ]
        #expect(all.allSatisfy { $0 > HistoryPropertyTests.histories / 10 }, "\(seed): \(tally)")
        #expect(tally.restored > 0, "\(seed): \(tally)")
    }

    /// Found by chance: a nag was snoozed, one behind it snoozed too and others passed over, then the severity was raised.
    @Test(arguments: [1_795_622_483 + 107, 1_795_663_001 + 33])
    func `a history that once broke a promise keeps it`(seed: UInt64)
        throws
    {
        var history = try RandomHistory(seed: seed)
        history.live(steps: HistoryPropertyTests.steps)
        #expect(history.broken == [])
        #expect(HistoryPropertyTests.brokenInvariants(of: history.scenario) == [])
    }

    /// I1, I3, I4, I5, I7, and that `version` changes exactly when a reader sees something new.
    private static func brokenInvariants(of scenario: Scenario) -> [String] {
        guard let first = scenario.entries.first, var folded = Incident(opening: first),
            folded == scenario.states.first
        else { return ["The first entry declares nothing"] }
        var model = ReferenceModel(first, folded.declaredSeverity, scenario.policy)
        for (entry, state) in zip(scenario.entries, scenario.states).dropFirst() {
            let before = folded
            folded.apply(entry.payload, of: type(of: entry.payload), at: entry.place)
            var found: [String] = []
            if entry.seq.isMultiple(of: 7), !isWhatAStartFolds(scenario, upTo: entry.seq, folded) {
                found.append("a start would fold another state")
            }
            if entry.seq != before.seq + 1 || folded.seq != entry.seq { found.append("a gap in seq") }
            if entry.recordedAt < before.recordedAt { found.append("recorded before the entry before") }
            if folded != state { found.append("another state than the fold's") }
            if folded.severity < before.severity { found.append("severity fell") }
            found += brokenVersion(from: before, to: folded)
            if let wrong = model.read(entry) { found.append(wrong) }
            found += model.disagreements(with: folded)
            guard found.isEmpty else { return found + ["after \(entry)"] }
        }
        return folded == scenario.incident ? [] : ["The last state is not the fold's"]
    }

    /// What a start folds: what shapes, and the last of the other entries in its place.
    private static func isWhatAStartFolds(_ scenario: Scenario, upTo seq: Int, _ state: Incident) -> Bool {
        let entries = scenario.entries.prefix(seq)
        let plain = entries.last { $0.isPlain }
        let read = entries.filter { $0.isShaping || $0.seq == plain?.seq }
        guard let first = read.first, var folded = Incident(opening: first) else { return false }
        for entry in read.dropFirst() {
            folded.apply(entry.isShaping ? entry.payload : nil, of: type(of: entry.payload), at: entry.place)
        }
        // The row of an incident says it.
        folded.restoreProgress(at: state.inactivity.progressAt)
        return folded == state
    }

    private static func brokenVersion(from before: Incident, to after: Incident) -> [String] {
        let isNew = Visible(before) != Visible(after)
        let expected = isNew ? (after.seq, after.recordedAt) : (before.version, before.changedAt)
        return (after.version, after.changedAt) == expected ? [] : ["version \(after.version), new: \(isNew)"]
    }

    @Test func `the same seed tells the same history`() throws {
        var first = try RandomHistory(seed: Self.seed)
        var second = try RandomHistory(seed: Self.seed)
        first.live(steps: 40)
        second.live(steps: 40)
        #expect("\(first.scenario.entries)" == "\(second.scenario.entries)")
        #expect(first.scenario.incident == second.scenario.incident)
    }

    /// RFC 3339 allows years 0000 to 9999.
    @Test(arguments: [-62_167_219_200_000, 253_402_300_799_999] as [Int64])
    func `no time that can be written traps`(milliseconds: Int64) throws {
        let moment = Timestamp(milliseconds: milliseconds)
        let changes: [Request] = [
            .note(at: moment), .update(occurredAt: moment), .update(promising: moment),
            .update(occurredAt: moment, promising: moment + millisecond),
            .patch { $0.startedAt = .set(moment) },
            .patch { $0.detectedAt = .set(moment) },
        ]
        for (index, change) in changes.enumerated() {
            var scenario = try Scenario()
            do {
                try scenario.make(change, at: minute(1))
            } catch {
                // The third promises a time before now.
                #expect(moment > minute(1) || index == 2, "\(change): \(error)")
            }
            #expect(scenario.incident.minutesOfImpact(at: moment) ?? 0 >= 0)
            #expect(scenario.incident.slot(at: moment).hasPrefix("T+"))
            var late = try Scenario(at: moment)
            #expect(try late.nag(at: moment + .seconds(300))?.number == 1)
        }
    }
}
