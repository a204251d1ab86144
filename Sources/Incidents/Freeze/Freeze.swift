import Model
import Time

extension Incident {
    /// A freeze of deploys (domain.md, section 9).
    public struct Freeze: Sendable, Equatable {
        /// What is frozen: the label `service` when it began.
        public internal(set) var scope: DeployScope
        /// It ends by itself then.
        public internal(set) var until: Timestamp

        /// How long a freeze lasts.
        public static let lifetime: Duration = .seconds(8 * 3_600)

        public func runs(at now: Timestamp) -> Bool { until > now }

        mutating func move(by step: ClockStep) { until = step.moved(until) }
    }

    /// The scope of its freeze and its exceptions.
    public var deployScope: DeployScope { labels.deployScope }
}

extension [String: String] {
    /// The label `service`, else everything.
    var deployScope: DeployScope { self["service"].map { DeployScope($0) } ?? .everything }
}

extension Policy {
    /// Whether an incident of that severity freezes deploys.
    func freezes(_ severity: Severity) -> Bool { freezeFrom.map { severity >= $0 } ?? false }
}

extension Warning {
    public static let freezesEverything = Warning(
        "freezes_everything",
        "Deploys of every service are frozen.",
        links: [
            .editing(
                detail: "freezes one service only", body: ["labels": .object(["service": "…"])]),
            Link(
                "liftFreeze", "DELETE", "/v1/incidents/{ref}/freeze", detail: "ends the freeze", body: nil),
        ])
}
