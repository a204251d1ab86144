import Engine
import HTTP
import Journal
import Model
import Synchronization

/// The outcome of a part of a write.
public enum PartOutcome: Sendable {
    case performed(Outcome)
    /// Refused after earlier parts were written; so are all parts that follow.
    case refused(Refusal)
}

extension RequestContext {
    /// Submits a write in parts, each a transaction of its own, so that the writes of others go between them (docs/decisions/0020).
    ///
    /// Each part has an idempotency key derived from that of the request: a retry after a crash repeats the parts that are durable and
    /// performs the others. `answer` renders the response when all are durable; it may block on the store. A refusal of the first part
    /// refuses the request.
    public func submit(
        parts: [any WriteRequest], author: String?,
        _ answer: @escaping @Sendable ([PartOutcome]) throws -> Response
    ) {
        guard let admitted = admit(.ordinary, author: author) else { return }
        PartsInProgress(self, parts, admitted, answer).submit(0)
    }
}

/// A write in parts on its way: one part at a time.
private final class PartsInProgress: Sendable {
    private enum Settled: Sendable {
        case performed(Outcome)
        case kept(IdempotencyRecord)
        case refused(Refusal)
    }

    private let context: RequestContext
    private let parts: [any WriteRequest]
    private let admitted: RequestContext.AdmittedWrite
    private let answer: @Sendable ([PartOutcome]) throws -> Response
    private let settled = Mutex<[Settled]>([])

    init(
        _ context: RequestContext, _ parts: [any WriteRequest], _ admitted: RequestContext.AdmittedWrite,
        _ answer: @escaping @Sendable ([PartOutcome]) throws -> Response
    ) {
        self.context = context
        self.parts = parts
        self.admitted = admitted
        self.answer = answer
    }

    func submit(_ index: Int) {
        guard index < parts.count else { return finish() }
        // Once the first is begun, the rest is not taken back: its client may have sent it and left.
        let write = CallersWrite(
            write: parts[index], claim: index == 0 ? admitted.claim : WriteClaim(),
            hidesConfidential: context.hidesConfidential)
        context.services.submit(
            WriteLane.PendingRequest(
                write, by: admitted.author, of: admitted.token, key: admitted.key?.part(index)
            ) { [self] result in
                switch result {
                case .success(.performed(let outcome)): settle(.performed(outcome), index)
                case .success(.kept(let record)): settle(.kept(record), index)
                case .failure(let refusal) where index == 0:
                    context.services.tokenLimiter.end(admitted.token)
                    context.refuse(refusal, .ordinary)
                case .failure(let refusal):
                    settle(.refused(refusal), parts.count - 1)
                }
            })
    }

    private func settle(_ part: Settled, _ index: Int) {
        settled.withLock { $0.append(part) }
        submit(index + 1)
    }

    private func finish() {
        context.services.tokenLimiter.end(admitted.token)
        let settled = settled.withLock { $0 }
        let isReplay = settled.allSatisfy { if case .kept = $0 { true } else { false } }
        let admitted = context.services.readers.submit(by: admitted.token) { [self] in
            do {
                var response = try answer(try outcomes(settled))
                if isReplay { response.fields.append(("Idempotency-Replayed", "true")) }
                context.answer(response)
            } catch {
                context.fail(error)
            }
        }
        // The lane must not read and render, and it calls this.
        if !admitted { context.fail(.writtenAndNotShown) }
    }

    private func outcomes(_ settled: [Settled]) throws -> [PartOutcome] {
        var outcomes: [PartOutcome] = try settled.map { part in
            switch part {
            case .performed(let outcome): return .performed(outcome)
            case .refused(let refusal): return .refused(refusal)
            case .kept(let record):
                let api = context.routing.api
                guard let outcome = try api.outcome(replaying: record, for: context.ticket.principal) else {
                    throw Problem.unreadableOutcome
                }
                return .performed(outcome)
            }
        }
        while outcomes.count < parts.count, let last = outcomes.last { outcomes.append(last) }
        return outcomes
    }
}

extension Problem {
    fileprivate static var writtenAndNotShown: Problem {
        Problem(
            .outcomeUnknown,
            "The entries are written, but too many reads wait to show them. Repeat the request with the same Idempotency-Key, or read "
                + "the timeline.",
            retryAfterSeconds: 1)
    }

    fileprivate static var unreadableOutcome: Problem {
        Problem(.internalFault, "The stored outcome of this request cannot be read. Read the resource.")
    }
}
