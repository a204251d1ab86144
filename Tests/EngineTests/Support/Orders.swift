import Engine
import Incidents
import Journal
import Model
import Time

/// Orders and answers, in few words.
extension Order {
    static func declare(_ title: String = "People cannot sign in", _ severity: Severity = .major) -> Order {
        .declare(Declare(severity, Declared.Details(title: title)))
    }

    static func note(_ number: Int, _ text: String, source: Source? = nil) -> Order {
        .change(.number(number), PostEntry(Note(), text: text, source: source), showing: .entry, ifMatch: nil)
    }

    static func update(_ number: Int, _ text: String = "Still investigating") -> Order {
        .change(.number(number), PublishUpdate(audience: .public, text: text), showing: .entry, ifMatch: nil)
    }

    static func raise(_ number: Int, to severity: Severity, ifMatch: [Int]? = nil) -> Order {
        .change(.number(number), RaiseSeverity(to: severity, reason: nil), ifMatch: ifMatch)
    }

    static func assign(_ number: Int, _ role: Role, _ person: String, contact: String? = nil) -> Order {
        .change(.number(number), AssignRole(role, Person(person), contact: contact), ifMatch: nil)
    }

    static func status(_ number: Int, _ status: Incident.Status, reason: String? = nil) -> Order {
        let wish = ChangeStatus(to: status, reason: reason, override: status == .resolved)
        return .change(.number(number), wish, ifMatch: nil)
    }

    static func resolve(_ number: Int) -> Order {
        .status(number, .resolved, reason: "restored")
    }

    static func webhook(
        _ id: String, events: [String] = ["*"], at moment: Timestamp = Timestamp(milliseconds: 0)
    ) -> Order {
        .createWebhook(
            Webhook(
                id: id, url: "https://\(id).test/hook", events: events, secret: "whsec_" + id,
                createdAt: moment, disabledAt: nil, disabledReason: nil, failingSince: nil))
    }
}

extension Result where Success == Outcome, Failure == WriteRefusal {
    /// The entry that was added.
    var entry: StoredEntry? {
        guard case .success(.entry(let entry, _)) = self else { return nil }
        return entry
    }

    /// The entry that was there before.
    var existing: StoredEntry? {
        guard case .success(.existing(let entry, _)) = self else { return nil }
        return entry
    }

    /// The incident, as it was begun or changed.
    var snapshot: IncidentSnapshot? {
        switch self {
        case .success(.declared(let snapshot, _)), .success(.incident(let snapshot, _)): snapshot
        default: nil
        }
    }

    /// What was kept of the same request before.
    var replayed: IdempotencyRecord? {
        guard case .success(.replayed(let kept)) = self else { return nil }
        return kept
    }

    var warnings: [Warning] {
        switch self {
        case .success(.entry(_, let warnings)), .success(.existing(_, let warnings)),
            .success(.declared(_, let warnings)), .success(.incident(_, let warnings)):
            warnings
        default: []
        }
    }

    var refusal: WriteRefusal? {
        guard case .failure(let refusal) = self else { return nil }
        return refusal
    }

    /// What a rule refuses it for.
    var rule: Refusal? {
        guard case .rule(let refusal, _)? = refusal else { return nil }
        return refusal
    }

    /// Whether the store did not take it, so that it is safe to try again.
    var isStorage: Bool {
        guard case .storage? = refusal else { return false }
        return true
    }

    var isOverloaded: Bool {
        guard case .overloaded? = refusal else { return false }
        return true
    }

    var isNotFound: Bool {
        guard case .notFound? = refusal else { return false }
        return true
    }

    var isKeyReused: Bool {
        guard case .keyReused? = refusal else { return false }
        return true
    }
}
