import Incidents
import Journal
import Model
import Testing
import Time

/// The words of a check may be erased; what it said about the all-clear stays.
struct RedactedCheckTests {
    private func folded(redacted: Set<Int>) throws -> Checks {
        let payloads: [any EntryPayload<Incident>] = [
            Sample.full,
            CheckRecorded(pathSeq: nil, passed: false, by: Person("bob"), path: "SECRET a", evidence: "x"),
            CheckRecorded(pathSeq: nil, passed: true, by: Person("bob"), path: "SECRET b", evidence: nil),
            CheckRecorded(pathSeq: 3, passed: true, by: Person("bob"), path: "secret B", evidence: nil),
        ]
        var fold = Fold<Incident>(Sample.stream, id: Sample.id)
        for (index, payload) in payloads.enumerated() {
            let entry = Sample.entry(payload, position: index + 1, seq: index + 1)
            try fold.add(redacted.contains(entry.seq) ? entry.erased : entry)
        }
        return try #require(fold.state).checks
    }

    @Test(arguments: [[], [2], [3], [2, 3, 4]] as [Set<Int>])
    func `a redaction joins no two paths, and hides no failed one`(redacted: Set<Int>) throws {
        let checks = try folded(redacted: redacted)
        #expect(checks.paths.map(\.results.count) == [1, 2])
        #expect(
            checks.failedPaths.map(\.name) == [redacted.contains(2) ? "[redacted]" : "SECRET a"])
    }
}
