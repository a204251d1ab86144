import Incidents
import Journal
import Model
import Time

/// What domain.md, section 9, says of one incident's checklist, mitigations and exceptions, from its entries alone. Implemented again, so
/// that an error in the rules is detected.
struct ResponseCheck {
    private var ticked: Set<ChecklistItem> = []
    /// Requests for a rollback without an answer, and whether each may run beside another mitigation.
    private var requested: [Int: Bool] = [:]
    /// The same of requests that got a yes and have not begun.
    private var approved: [Int: Bool] = [:]
    /// Mitigations that were started and have not ended.
    private var open: Set<Int> = []
    /// Exceptions that no entry revoked.
    private var exceptions: Set<Int> = []

    /// Returns what an entry violates. `after` is the incident after it.
    mutating func add(
        _ entry: StoredEntry, _ payload: (any EntryPayload<Incident>)?, _ after: Incident
    ) -> [String] {
        var broken: [String] = []
        func expect(_ holds: Bool, _ what: String) {
            if !holds { broken.append("\(after.ref), seq \(entry.seq), \(entry.kind.rawValue): \(what)") }
        }
        switch payload {
        case let tick as ChecklistTicked:
            expect(ticked.insert(tick.item).inserted, "\(tick.item) was ticked before")
        case let request as RollbackRequested: requested[entry.seq] = request.parallelReason != nil
        case let answer as RollbackAnswered:
            let isParallel = requested.removeValue(forKey: answer.of)
            expect(isParallel != nil, "no request waits for this answer")
            if answer.approved { approved[answer.of] = isParallel ?? false }
        case let start as MitigationStarted:
            var isParallel = start.parallelReason != nil
            if let request = start.request {
                let answered = approved.removeValue(forKey: request)
                expect(answered != nil, "a rollback began without its yes")
                isParallel = isParallel || answered ?? false
            }
            expect(open.isEmpty || isParallel, "it began beside another one without a reason")
            open.insert(start.request ?? entry.seq)
        case let end as MitigationEnded: expect(open.remove(end.of) != nil, "it is not open")
        case is ExceptionGranted: exceptions.insert(entry.seq)
        case let revoked as ExceptionRevoked:
            expect(exceptions.remove(revoked.of) != nil, "it was revoked before, or never granted")
        case is Resolved, is Cancelled:
            expect(
                open.isEmpty && requested.isEmpty && approved.isEmpty, "a mitigation outlives the incident")
            let running = after.exceptions.filter { $0.runs(at: entry.recordedAt) }
            expect(running.isEmpty, "an exception outlives the incident")
        case is Reopened: ticked = []
        default: break
        }
        expect(Set(after.openMitigations.map(\.seq)) == open, "the incident has other open mitigations")
        return broken
    }
}
