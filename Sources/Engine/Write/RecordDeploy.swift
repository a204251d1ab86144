import Incidents
import Journal
import JSON
import Model
import Time
import Views

/// Records that someone asked to deploy: on each incident that freezes the scope, else as a deploy. Its refusal leaves a trace, unlike that
/// of any other request.
public struct RecordDeploy: WriteRequest {
    private let scope: DeployScope
    private let what: String
    private let shelf: Shelf<Incident>

    public init(_ scope: DeployScope, what: String, in shelf: Shelf<Incident>) {
        self.scope = scope
        self.what = what
        self.shelf = shelf
    }

    public func perform(in transaction: inout WriteTransaction) throws(WriteFault) -> Outcome {
        let answer = transaction.counts(in: shelf).freezes.answer(to: scope, at: transaction.now)
        let told = try told(answer, in: &transaction)
        // What is recorded on a confidential incident is not shown to the caller.
        transaction.hidesConfidential = false
        let shown = ShownResource(told)
        guard answer.isFrozen else {
            transaction.keep(
                Deploy(
                    scope: scope, what: what, author: transaction.author.person,
                    postedBy: transaction.author.postedBy, at: transaction.now))
            return Outcome(.done, .resource(shown))
        }
        let attempt = AttemptDeploy(answer.isBlocked ? .refused : .excepted, scope: scope, what: what)
        for freeze in answer.freezes {
            // An incident on which a newer version wrote cannot be changed. Its freeze counts.
            guard let snapshot = try transaction.snapshot(freeze.number, in: shelf), snapshot.newerKind == nil
            else { continue }
            _ = try PerformAction(attempt, on: .number(freeze.number), in: shelf, showing: .entry)
                .perform(in: &transaction)
        }
        var outcome = Outcome(.done, .resource(shown))
        if answer.isBlocked {
            outcome.refusal = .deploysFrozen(told, scope, shown: shown.body, links: true)
        }
        return outcome
    }

    /// The answer without the incidents that do not exist for the caller.
    private func told(
        _ answer: OpenFreezes.Answer, in transaction: inout WriteTransaction
    ) throws(WriteFault) -> OpenFreezes.Answer {
        guard transaction.hidesConfidential else { return answer }
        var hidden: Set<Int> = []
        for item in answer.freezes + answer.exceptions {
            let snapshot = try transaction.snapshot(item.number, in: shelf)
            if snapshot?.state.isConfidential ?? false { hidden.insert(item.number) }
        }
        return answer.without { hidden.contains($0) }
    }
}

extension ShownResource {
    /// Refs only: what is kept for an idempotency key has no words.
    fileprivate init(_ answer: OpenFreezes.Answer) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.publicMembers(of: answer)
        writer.endObject()
        self.init(.deploy, id: "", body: writer.bytes)
    }
}
