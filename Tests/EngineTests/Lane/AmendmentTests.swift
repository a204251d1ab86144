import Incidents
import Journal
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

@testable import Engine

/// Confirmations and corrections in the lane: the entry that they are about may be of the same batch.
struct AmendmentTests {
    private let service: TestService

    init() throws {
        service = try TestService()
        service.run(.declare())
    }

    private func confirm(_ seq: Int) -> TestRequest {
        .change(.number(1), Confirm(of: seq, .confirmed), showing: .entry)
    }

    private func correct(_ seq: Int, _ text: String) -> TestRequest {
        .change(.number(1), Correct(of: seq, text: text), showing: .entry)
    }

    @Test func `what is said of an entry in one batch is decided as if one after the other`() throws {
        let finding = TestRequest.change(
            .number(1), PostEntry(Finding(confirmed: false), text: "x"), showing: .entry)
        let answers = [finding, confirm(2), confirm(2), correct(2, "y"), correct(2, "y"), confirm(9)].map {
            service.submit($0)
        }
        let batches = service.store.batches.count
        service.takeTurns()
        #expect(service.store.batches.count == batches + 1)
        let results = try answers.map { try #require($0.value) }
        #expect(results.map { $0.entry?.seq } == [2, 3, nil, 4, nil, nil])
        #expect(results[2].existing?.seq == 3)
        #expect(results[4].existing?.seq == 4)
        #expect(results[5].isNotFound)
        #expect(try service.entries(of: 1).map(\.amends) == [nil, nil, 2, 2])
    }

    @Test func `a wait ends with what amends its entry in the same commit`() throws {
        let end = Box<LongPolls.End>()
        let admission = service.longPolls.wait(
            for: .init(of: 1, after: 1, matching: TimelineFilter(kind: Note.kind), isGone: { false }),
            token: "t",
            seen: service.position.value, until: service.now + .seconds(50)
        ) { end.put($0) }
        #expect(admission != .refused)
        let source = Source(system: "slack", ref: "C9/1", url: nil)
        for text in ["tpyo", "typo"] {
            let message = PostEntry(Note(), text: text, source: source, replaces: Replacement())
            _ = service.submit(.change(.number(1), message, showing: .entry))
        }
        service.takeTurns()
        guard case .entries(let met, let amendments)? = end.value else {
            Issue.record("the wait ended with \(String(describing: end.value))")
            return
        }
        #expect(met.map(\.seq) == [2])
        #expect(amendments.map(\.amends) == [2])
        #expect(try amendments.first?.text() == "typo")
    }

    @Test func `a restart folds the same evidence`() throws {
        service.run(.change(.number(1), PostEntry(Finding(confirmed: false), text: "x"), showing: .entry))
        service.run(.change(.number(1), PostEntry(ChangeMade(complete: true), text: "y"), showing: .entry))
        service.run(correct(2, "z"))
        service.run(confirm(2))
        service.run(.change(.number(1), Confirm(of: 2, nil, publishes: true), showing: .entry))
        service.run(.change(.number(1), Correct(of: 3, text: "no", withdraws: true), showing: .entry))
        let before = try #require(service.incidents.snapshot(1)?.state)
        #expect(before.evidence.map(\.seq) == [2])
        #expect(before.evidence.first?.wordsOf == 4)
        #expect(before.evidence.first?.visibility == .public)
        service.end()
        let again = try TestService(in: service.folder, time: service.time)
        #expect(again.incidents.snapshot(1)?.state == before)
        again.end()
    }
}
