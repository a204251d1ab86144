import Incidents
import Journal
import Model

extension Hearing {
    /// Whether webhooks take the nags for an update.
    public init(_ webhooks: [Webhook]) {
        let wanting = webhooks.filter { $0.wants(.updateOverdue) }
        if wanting.isEmpty {
            self = .nobody
        } else {
            self = wanting.allSatisfy { $0.failures >= Webhook.failuresMax } ? .failing : .ok
        }
    }
}

extension WriteTransaction {
    /// As this batch sees the webhooks.
    var hearing: Hearing { Hearing(webhooks) }

    /// Logs once per incident that nobody hears its nags.
    func noteSilence(_ warnings: [Warning], _ incident: String) {
        if warnings.contains(.nobodyHears) { logSilence(of: incident) }
    }

    /// Logs a nag, and whether nobody hears it.
    mutating func note(_ nag: NagSent, _ incident: String) {
        context.log(
            .info, "nag.sent",
            [
                ("incident", incident), ("about", nag.about.rawValue), ("number", "\(nag.number)"),
                ("to", nag.to.map { "\($0.person.name) (\($0.role))" }.joined(separator: ", ")),
            ])
        guard hearing != .ok else { return }
        countUnheard()
        logSilence(of: incident)
    }

    private func logSilence(of incident: String) {
        guard memory.isFirstSilence(of: incident) else { return }
        context.log(
            .warning, "incident.nobody_hears",
            [("incident", incident), ("webhooks", hearing.rawValue)])
    }
}
