import Engine
import Incidents
import Journal
import Model
import ServiceSupport
import Time

/// Short notation for requests and results.
extension TestRequest {
    static func declare(_ title: String = "People cannot sign in", _ severity: Severity = .major)
        -> TestRequest
    {
        .declare(Declare(severity, Declared.Details(title: title)))
    }

    static func note(_ number: Int, _ text: String, source: Source? = nil) -> TestRequest {
        .change(.number(number), PostEntry(Note(), text: text, source: source), showing: .entry)
    }

    static func update(_ number: Int, _ text: String = "Still investigating") -> TestRequest {
        .change(.number(number), PublishUpdate(audience: .public, text: text), showing: .entry)
    }

    static func raise(_ number: Int, to severity: Severity, ifMatch: [Validator]? = nil) -> TestRequest {
        .change(.number(number), RaiseSeverity(to: severity, reason: nil), ifMatch: ifMatch)
    }

    static func assign(_ number: Int, _ role: Role, _ person: String, contact: String? = nil) -> TestRequest {
        .change(.number(number), AssignRole(role, Person(person), contact: contact.map { .set($0) } ?? .keep))
    }

    static func status(_ number: Int, _ status: Incident.Status, reason: String? = nil) -> TestRequest {
        let wish = ChangeStatus(to: status, reason: reason, override: status == .resolved)
        return .change(.number(number), wish)
    }

    static func resolve(_ number: Int) -> TestRequest {
        .status(number, .resolved, reason: "restored")
    }

    static func webhook(
        _ id: String, events: [String] = ["*"], at moment: Timestamp = Timestamp(milliseconds: 0)
    ) -> TestRequest {
        .createWebhook(
            Webhook(
                id: id, url: "https://\(id).test/hook", events: events, secret: "whsec_" + id,
                createdAt: moment, disabledAt: nil, disabledReason: nil, failingSince: nil))
    }
}

extension Result where Success == WriteAnswer, Failure == Refusal {
    var outcome: Outcome? {
        guard case .success(.performed(let outcome)) = self else { return nil }
        return outcome
    }

    /// The appended entry.
    var entry: StoredEntry? {
        guard let outcome, outcome.effect == .created, case .entry(let entry) = outcome.subject else {
            return nil
        }
        return entry
    }

    /// The existing entry, if nothing was appended.
    var existing: StoredEntry? {
        guard let outcome, outcome.effect == .done, case .entry(let entry) = outcome.subject else {
            return nil
        }
        return entry
    }

    /// The incident after the change.
    var snapshot: IncidentSnapshot? {
        guard case .state(let snapshot)? = outcome?.subject else { return nil }
        return snapshot as? IncidentSnapshot
    }

    /// The idempotency record of an earlier identical request.
    var replayed: IdempotencyRecord? {
        guard case .success(.kept(let record)) = self else { return nil }
        return record
    }

    var warnings: [Warning] { outcome?.warnings ?? [] }

    var refusal: Refusal? {
        guard case .failure(let refusal) = self else { return nil }
        return refusal
    }

    /// The rule's refusal.
    var rule: Refusal? {
        refusal.flatMap { Incident.problems.contains($0.type) ? $0 : nil }
    }

    /// Whether the store refused the write, so that a retry is safe.
    var isStorage: Bool { refusal?.type == .storageUnavailable }
    var isOverloaded: Bool { refusal?.type == .overloaded }
    var isNotFound: Bool { refusal?.type == .notFound }
    var isKeyReused: Bool { refusal?.type == .idempotencyKeyReused }
}
