import Incidents
import Journal
import Model

extension Hearing {
    /// Whether webhooks subscribe to the nags for an update.
    public init(_ webhooks: [Webhook]) {
        let byPerson = Dictionary(grouping: webhooks.filter { $0.wants(.updateOverdue) }, by: \.person)
            .mapValues { $0.allSatisfy { $0.failures >= Webhook.failuresMax } ? State.failing : .ok }
        var persons: [Person: State] = [:]
        for case (let person?, let state) in byPerson { persons[person] = state }
        self.init(everyone: byPerson[nil] ?? .nobody, byPerson: persons)
    }
}

extension WriteTransaction {
    /// As this batch sees the webhooks.
    var hearing: Hearing { Hearing(webhooks) }

    /// Takes note that no one hears an incident's nags.
    mutating func noteSilence(_ warnings: [Warning], _ incident: String) {
        let silent = warnings.filter { $0 == .nobodyHears }
        guard !silent.isEmpty else { return }
        tally.silent.append((incident, hearing, silent.flatMap(\.people)))
    }

    /// Takes note of a nag, and whether no one hears it.
    mutating func note(_ nag: NagSent, _ incident: String) {
        tally.nagLines.append((incident, nag))
        guard nag.to.allSatisfy({ hearing.state(of: $0.person) != .ok }) else { return }
        tally.nagsUnheard += 1
        tally.silent.append((incident, hearing, nag.to.map(\.person.name)))
    }
}

extension WriteLane {
    /// After `COMMIT`: logs the nags, and once per incident that no one hears them.
    func logNags(_ tally: Tally) {
        for (incident, nag) in tally.nagLines {
            context.log(
                .info, "nag.sent",
                [
                    ("incident", incident), ("about", nag.about.rawValue), ("number", "\(nag.number)"),
                    ("to", nag.to.map { "\($0.person.name) (\($0.role))" }.joined(separator: ", ")),
                ])
        }
        for (incident, hearing, people) in tally.silent where memory.isFirstSilence(of: incident) {
            context.log(
                .warning, "incident.nobody_hears",
                [
                    ("incident", incident), ("webhooks", hearing.state.rawValue),
                    ("people", people.isEmpty ? "all" : people.joined(separator: ", ")),
                ])
        }
    }
}
