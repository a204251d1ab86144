import Incidents
import Journal
import Model
import Time

/// An incident in at most 15 lines, for anyone who joins (api.md, "Conventions"). Line ends of a value are blanks.
///
/// Independent of the current time.
public struct Brief: Sendable {
    /// How many of the newest entries it shows.
    static let entriesMax = 5
    /// How many of the newest hypotheses are looked at for open ones.
    static let hypothesesMax = 20
    /// Upper bound of amendments read of one entry; none has more.
    static let amendmentsMax = 100
    /// How many open hypotheses it shows.
    private static let openMax = 3
    private static let charactersMax = 160

    private let incident: Incident
    /// Ascending.
    private let last: [EntryLine]
    private let hypotheses: [String]
    /// Newest first.
    private let confirmed: [String]

    /// The brief of a state, with what its entries say. Blocks on the store.
    public init(_ snapshot: IncidentSnapshot, for viewer: Viewer, from reader: any JournalReader) throws {
        let (stream, end) = (snapshot.stream, snapshot.seq + 1)
        func latest(_ kind: EntryKind?, _ limit: Int) throws -> [StoredEntry] {
            let query = TimelineQuery(TimelineFilter(kind: kind), before: end, order: .desc, limit: limit)
            return try reader.entries(of: stream, query.bounded(lastSeq: snapshot.seq).query)
        }
        try self.init(
            snapshot.incident, for: viewer, entries: try latest(nil, Brief.entriesMax),
            hypotheses: try latest(Hypothesis.kind, Brief.hypothesesMax)
        ) { entry in
            try reader.amendments(of: stream, to: entry.seq...entry.seq, limit: Brief.amendmentsMax)
                .filter { $0.seq < end }
        }
    }

    /// `entries` are the last ones, newest first; `hypotheses` are entries of that kind, newest first. `amendments` are those of an entry.
    init(
        _ incident: Incident, for viewer: Viewer, entries: [StoredEntry], hypotheses: [StoredEntry],
        amendments: (StoredEntry) throws -> [StoredEntry]
    ) throws {
        self.incident = incident
        last = try entries.prefix(Brief.entriesMax).reversed().map {
            try EntryLine(
                $0, for: viewer, amendedBy: try amendments($0), declaredAt: incident.times.declaredAt)
        }
        var (open, confirmed): ([String], [String]) = ([], [])
        for entry in hypotheses.prefix(Brief.hypothesesMax) {
            let inForce = InForce(
                AmendedEntry<Incident>(
                    try .init(entry),
                    amendments: try amendments(entry).map { (entry) throws(UnreadableEntry) in
                        try .init(entry)
                    }))
            guard inForce.withdrawnBy == nil else { continue }
            let line =
                "\(inForce.text.joinedLines.shortened(to: Brief.charactersMax)) (\(entry.author.onOneLine))"
            switch inForce.verdict {
            case nil: open.append(line)
            case .state(.confirmed): confirmed.append(line)
            case .confirmed, .state, .complete: break
            }
        }
        self.hypotheses = open
        self.confirmed = confirmed
    }

    public var text: String {
        (facts + [last.isEmpty ? "Entries: none" : "Last entries (UTC):"]
            + last.map {
                $0.joinedLines(charactersMax: Brief.charactersMax)
            }).map { $0 + "\n" }.joined()
    }

    private var facts: [String] {
        var lines = ["\(incident.ref) \(cut(incident.title))", status]
        lines.append("Impact: \(incident.impact.map(cut) ?? "not recorded")\(extent)")
        let holders = Role.allCases.compactMap { role in
            incident.roles[role].map { "\(role.rawValue) \($0.person.name.onOneLine)" }
        }
        lines.append("People: \(holders.isEmpty ? "nobody has a role" : holders.joined(separator: ", "))")
        lines.append("Next action: \(nextAction)")
        let mitigations = [incident.mitigations.current.map(line(of:)), waiting].compactMap(\.self)
        if !mitigations.isEmpty { lines.append("Mitigation: \(mitigations.joined(separator: "; "))") }
        let kept = [freeze, todos].compactMap(\.self)
        if !kept.isEmpty { lines.append(kept.joined(separator: "; ")) }
        lines.append("Updates: \(updates)")
        lines.append("Open hypotheses: \(openHypotheses)")
        return lines
    }

    /// The rollbacks that wait for a yes.
    private var waiting: String? {
        let all = incident.mitigations.all.filter { $0.state == .requested }
        guard let first = all.first else { return nil }
        let target = first.approval?.knownGood.map { " to \(cut($0))" } ?? ""
        return "a rollback\(target) waits for a yes (entry \(first.seq))"
            + (all.count > 1 ? ", and \(all.count - 1) more" : "")
    }

    /// It ends by time alone, so its end is said.
    private var freeze: String? {
        incident.freeze.map { freeze in
            "Deploys of \(freeze.scope.isEverything ? "everything" : freeze.scope.name.onOneLine) frozen until \(minute(freeze.until)) UTC"
        }
    }

    private var todos: String? {
        guard !incident.todos.isEmpty else { return nil }
        let owners = incident.todos.compactMap(\.owner).map(\.name.onOneLine)
        let named = owners.enumerated().filter { owners.firstIndex(of: $1) == $0 }.map(\.element)
        return "todos: \(incident.todos.count)"
            + (named.isEmpty ? "" : " (\(named.prefix(Brief.openMax).joined(separator: ", ")))")
    }

    /// Who of all users, and how many.
    private var extent: String {
        let known = [incident.scope.map(cut), incident.usersAffected.map { "\($0) users" }].compactMap(\.self)
        return known.isEmpty ? "" : " (\(known.joined(separator: "; ")))"
    }

    private var status: String {
        let times = incident.times
        let begin = times.startedAt ?? times.declaredAt
        var line =
            "Status: \(incident.status.rawValue), \(incident.severity.rawValue)\(marks), since \(begin.minute(on: nil)) UTC"
        if times.startedAt != nil { line += ", declared \(minute(times.declaredAt)) UTC" }
        line += " by \(incident.declaredBy.name.onOneLine)"
        if let watch = incident.watch { line += ", watching until \(minute(watch.until)) UTC" }
        if let end = times.resolvedAt ?? times.cancelledAt, !incident.isOpen {
            line += ", ended \(minute(end)) UTC"
        }
        return line
    }

    private var marks: String {
        (incident.isSecurity ? ", security" : "") + (incident.isConfidential ? ", confidential" : "")
    }

    private var nextAction: String {
        guard let action = incident.nextAction else { return "not recorded" }
        return cut(action.text) + (action.owner.map { " (\($0.onOneLine))" } ?? "")
    }

    private func line(of mitigation: Mitigation) -> String {
        let more = incident.openMitigations.count - 1
        return cut(mitigation.plan?.action ?? mitigation.kind.rawValue)
            + (mitigation.owner.map { " (\($0.name.onOneLine))" } ?? "")
            + (mitigation.startedAt.map { ", since \(minute($0)) UTC" } ?? "")
            + (more > 0 ? ", and \(more) more" : "")
    }

    private var updates: String {
        let last =
            incident.cadence.lastUpdateAt.map { "last \(minute($0)) UTC" }
            ?? (incident.episode > 1 ? "none since it was reopened" : "none yet")
        return incident.isOpen ? "\(last), next due \(minute(incident.cadence.beat.dueAt)) UTC" : last
    }

    private var openHypotheses: String {
        let cause = confirmed.first.map { "; confirmed: \($0)" } ?? ""
        guard !hypotheses.isEmpty else { return "none" + cause }
        let more = hypotheses.count - Brief.openMax
        return hypotheses.prefix(Brief.openMax).joined(separator: "; ")
            + (more > 0 ? "; and \(more) more" : "") + cause
    }

    private func minute(_ moment: Timestamp) -> String {
        moment.minute(on: incident.times.declaredAt.day)
    }

    private func cut(_ text: String) -> String { text.joinedLines.shortened(to: Brief.charactersMax) }
}
