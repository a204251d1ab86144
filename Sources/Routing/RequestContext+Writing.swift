import Encoding
import Engine
import HTTP
import Journal
import Model
import Time

/// Writes of a request: to the lane, and back with their outcome.
extension RequestContext {
    /// Submits a request to the lane, and responds with its outcome.
    public func submit(_ write: any WriteRequest, author: String?) {
        guard let admitted = admit(write.priority, author: author) else { return }
        services.submit(
            WriteLane.PendingRequest(
                CallersWrite(write: write, claim: admitted.claim, hidesConfidential: hidesConfidential),
                by: admitted.author, of: admitted.token, key: admitted.key
            ) { [self] result in
                services.tokenLimiter.end(admitted.token)
                switch result {
                case .success(.performed(let outcome)): show(outcome)
                case .success(.kept(let record)): replay(record, write.priority)
                case .failure(let refusal): refuse(refusal, write.priority)
                }
            })
    }

    /// A write that may go to the lane.
    struct AdmittedWrite: Sendable {
        let token: String
        let key: IdempotencyKey?
        let author: Author
        let claim: WriteClaim
    }

    /// Counts a write as in flight until `TokenLimiter.end`; `nil` if it was refused.
    func admit(_ priority: WritePriority, author: String?) -> AdmittedWrite? {
        do throws(Problem) {
            let key = try idempotencyKey()
            let token = ticket.principal?.id ?? ""
            guard priority == .critical || services.tokenLimiter.spend(token, at: services.clock()) else {
                throw .rateExceeded
            }
            guard services.tokenLimiter.begin(token, priority: priority) else { throw .tooManyInFlight }
            let name = ticket.principal?.name ?? ""
            let claim = WriteClaim()
            ticket.writes(claim)
            return AdmittedWrite(
                token: token, key: key, author: Author(person: Person(author ?? name), postedBy: name),
                claim: claim)
        } catch {
            fail(error)
            return nil
        }
    }

    /// Submits what a signed link asks for, in the share of `owner`, once per name: a repetition gets the first response. `end` is called
    /// with the response.
    public func submit(
        _ write: any WriteRequest, by author: Author, of owner: String, once name: String,
        end: @escaping @Sendable () -> Void
    ) {
        let digest = Array(Digest.sha256(Array("action \(name)".utf8)).prefix(16))
        let key = IdempotencyKey(
            keyDigest: digest + Array(Digest.sha256([UInt8]()).prefix(4)), requestDigest: digest,
            digestAsSent: digest)
        let claim = WriteClaim()
        ticket.writes(claim)
        services.submit(
            WriteLane.PendingRequest(
                // The person who pressed it was sent the incident's nag.
                CallersWrite(write: write, claim: claim, hidesConfidential: false), by: author, of: owner,
                key: key
            ) {
                [self] result in
                end()
                switch result {
                case .success(.performed(let outcome)): show(outcome)
                case .success(.kept(let record)): replay(record, write.priority)
                case .failure(let refusal): refuse(refusal, write.priority)
                }
            })
    }

    private func show(_ outcome: Outcome) {
        if let refusal = outcome.refusal { return fail(Problem(refusal)) }
        do {
            answer(try routing.api.response(to: outcome, for: ticket.principal))
        } catch {
            services.log(.error, "answer.failed", [("request_id", request.id), ("error", "\(error)")])
            fail(
                Problem(
                    .internalFault, "The write succeeded, but its result cannot be shown. Read the resource.")
            )
        }
    }

    /// Replays an idempotency record with the same code: status, `Location`, `ETag` and body as before.
    private func replay(_ record: IdempotencyRecord, _ priority: WritePriority) {
        read(priority) { [self] in
            guard let outcome = try routing.api.outcome(replaying: record, for: ticket.principal) else {
                throw Problem.gone
            }
            var response = try routing.api.response(to: outcome, for: ticket.principal)
            response.fields.append(("Idempotency-Replayed", "true"))
            return response
        }
    }

    func refuse(_ refusal: Refusal, _ priority: WritePriority) {
        if let cause = refusal.cause {
            services.log(.error, "request.failed", [("request_id", request.id), ("error", cause)])
        }
        guard case .seqs(let seqs)? = refusal.current, let stream = refusal.stream else {
            return fail(Problem(named(refusal)))
        }
        // A `current` with seqs is replaced by those entries.
        read(priority) { [self] in
            var problem = Problem(refusal)
            problem.current = try routing.api.entries(of: stream, seqs: seqs, for: ticket.principal)
            throw problem
        }
    }

    /// A 412 for an `If-Match` that is no entity tag says so. It matches nothing (RFC 9110 §13.1.1), and reading again would not help.
    private func named(_ refusal: Refusal) -> Refusal {
        guard refusal.type == .preconditionFailed, let value = request.fields["if-match"], value != "*",
            EntityTag.parseList(value) == nil
        else { return refusal }
        var refusal = refusal
        refusal.detail =
            "If-Match is not an entity tag. Send the ETag of the last response with its quotes: If-Match: \"…\""
        return refusal
    }

    private func idempotencyKey() throws(Problem) -> IdempotencyKey? {
        guard let value = request.fields["idempotency-key"] else { return nil }
        guard let key = IdempotencyKey.unquoted(value) else {
            throw Problem(
                .malformedRequest,
                "An Idempotency-Key must be 1 to 255 visible ASCII characters, quoted or unquoted."
            )
        }
        let token = ticket.principal?.id ?? ""
        let keyDigest = Digest.sha256([Array(token.utf8), [0], key])
        let form = isPlainText ? " " + RouteResponder.plainText : ""
        let target = Array("\(request.method.rawValue) \(request.digestTarget)\(form)\n".utf8)
        let asSent = Digest.sha256([target, request.body])
        return IdempotencyKey(
            keyDigest: Array(keyDigest.prefix(16)) + Digest.sha256(Array(token.utf8)).prefix(4),
            requestDigest: RequestDigest.make(request, ticket, routing.api),
            digestAsSent: Array(asSent.prefix(16)))
    }
}

extension Problem {
    fileprivate static var gone: Problem {
        Problem(
            .notFound,
            "The result stored for this Idempotency-Key no longer exists. Use a new key to repeat the request."
        )
    }
}

extension IdempotencyKey {
    /// The key of a header value: quoted as a Structured Field String, or bare.
    static func unquoted(_ value: String) -> [UInt8]? {
        var bytes = Array(value.utf8)
        if bytes.count >= 2, bytes.first == 0x22, bytes.last == 0x22 {
            bytes = Array(bytes.dropFirst().dropLast())
        }
        guard (1...255).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        return bytes
    }
}
