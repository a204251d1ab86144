import Model
import Time

/// What an incident still lacks to be resolved (domain.md, section 8).
public enum ResolveGate {
    public enum Unmet: Equatable {
        case restoredWhen
        case watch(until: Timestamp)
        /// Nothing was checked since the watch began.
        case noCheck
        case failedCheck(path: String)
        /// Nothing was checked in the second half of the watch, or after it.
        case lateCheck(from: Timestamp)
        /// A mitigation of that entry and id has not ended.
        case openMitigation(seq: Int, id: String)
    }

    /// In the order in which people meet them.
    public static func unmet(on incident: Incident, at now: Timestamp) -> [Unmet] {
        var unmet: [Unmet] = []
        if saysNothing(incident.restoredWhen) { unmet.append(.restoredWhen) }
        unmet += incident.openMitigations.map { .openMitigation(seq: $0.seq, id: $0.id) }
        if let watch = incident.watch, watch.runs(at: now) { unmet.append(.watch(until: watch.until)) }
        unmet += incident.checks.failedPaths.map { .failedCheck(path: $0.name) }
        let since = incident.checks.sinceWatch
        let passed = since.filter(\.passed)
        if since.isEmpty {
            unmet.append(.noCheck)
        } else if let watch = incident.watch, !passed.isEmpty, !passed.contains(where: \.isLate) {
            unmet.append(.lateCheck(from: watch.middleAt))
        }
        return unmet
    }
}

extension ResolveGate {
    /// Resolves although something is lacking.
    static var overriding: Refusal.Link {
        .init(
            ChangeStatus.self, detail: "overrides, by the commander",
            body: ["status": "resolved", "override": true, "reason": "…"])
    }
}

extension ResolveGate.Unmet {
    /// Its name in a problem.
    var code: String {
        switch self {
        case .restoredWhen: "restored_when"
        case .watch: "watch"
        case .noCheck: "no_check"
        case .failedCheck: "failed_check"
        case .lateCheck: "late_check"
        case .openMitigation: "open_mitigation"
        }
    }

    fileprivate var flaw: Refusal.Flaw {
        let (detail, more): (String, [Refusal.Flaw.Member]) =
            switch self {
            case .restoredWhen: ("No one has said what restored means: restored_when is empty.", [])
            case .watch(let until):
                (
                    "The watch runs until \(until.minute(on: nil)) UTC.",
                    [Refusal.Flaw.Member("until", until.rfc3339)]
                )
            case .noCheck: ("No check was recorded since the watch began.", [])
            case .failedCheck(let path):
                ("The last check of \(path) failed.", [Refusal.Flaw.Member("path", path)])
            case .lateCheck(let from):
                (
                    "No check was recorded in the second half of the watch or later, from \(from.minute(on: nil)) UTC on.",
                    [Refusal.Flaw.Member("from", from.rfc3339)]
                )
            case .openMitigation(let seq, let id):
                (
                    "The mitigation of entry \(seq) has not ended.",
                    [Refusal.Flaw.Member("mitigation", id)]
                )
            }
        return Refusal.Flaw("#/status", detail, [Refusal.Flaw.Member("code", code)] + more)
    }

    /// The call that meets it.
    fileprivate var link: Refusal.Link {
        switch self {
        case .restoredWhen:
            .init(
                EditIncident.self, detail: "says what restored means",
                body: ["restored_when": "people can sign in within 3 s"])
        case .watch(let until):
            .init(
                ChangeStatus.self, detail: "resolves it, from \(until.rfc3339) on",
                body: ["status": "resolved"])
        case .openMitigation(_, let id):
            .init(
                EndMitigation.self, id,
                detail: "says how it ended: worked, no_effect, made_worse or abandoned",
                body: ["state": "worked"])
        case .noCheck, .failedCheck, .lateCheck:
            .init(
                RecordCheck.self, detail: "records what someone tried",
                body: ["path": "…", "passed": true, "evidence": "…"])
        }
    }
}

extension Refusal {
    /// Lists every unmet condition, and the call that meets it.
    static func notRestored(_ unmet: [ResolveGate.Unmet]) -> Refusal {
        var codes: [String] = []
        var links: [Link] = []
        for condition in unmet {
            if !codes.contains(condition.code) { codes.append(condition.code) }
            if !links.contains(condition.link) { links.append(condition.link) }
        }
        links.append(ResolveGate.overriding)
        return Refusal(
            .notRestored,
            "The all-clear lacks \(codes.joined(separator: ", ")). "
                + "Do what is lacking, or override it as the commander, with a reason.",
            flaws: unmet.map(\.flaw), links: links)
    }
}

extension ProblemType {
    public static let notRestored = ProblemType(
        "not-restored", 409, "The incident is not known to be restored",
        means:
            "Resolving needs restored_when, no open mitigation, a watch that has run out, for each path tried in this episode a last "
            + "check that passed, and one of these checks in the second half of the watch or later. errors lists each unmet condition by "
            + "its code: restored_when, open_mitigation, watch, failed_check, no_check, late_check.",
        remedy:
            "links has the call that meets each condition. The commander may override with {\"status\": \"resolved\", \"override\": true, "
            + "\"reason\": \"…\"}.")
}
