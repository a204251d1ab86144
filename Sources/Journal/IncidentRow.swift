import Incidents
import Model
import Time

/// Index data of an incident, so that lists need no fold. Holds no words.
public struct IncidentRow: StateRow, Equatable {
    public var number: Int
    public var id: Incident.ID
    public var status: Incident.Status
    public var severity: Severity
    /// The seq of the last entry.
    public var seq: Int
    /// The seq of the last entry that changed what a reader sees.
    public var version: Int
    public var declaredAt: Timestamp
    /// When the last entry was recorded.
    public var recordedAt: Timestamp
    /// When `version` was recorded.
    public var changedAt: Timestamp
    /// The position of `version`.
    public var changedPosition: Int
    /// When the last progress was recorded; `nil` in a row that another version wrote last.
    public var progressAt: Timestamp?
    /// When the next nag about an ended incident is due; `nil` for none, and in a row that another version wrote last.
    public var endedAlarmAt: Timestamp?
    /// An older version, which does not know the column, neither changes it nor makes an incident confidential.
    public var isConfidential: Bool

    /// `changedPosition` is the position of the incident's `version`.
    public init(_ incident: Incident, changedPosition: Int) {
        self.init(
            number: incident.number, id: incident.id, status: incident.status, severity: incident.severity,
            seq: incident.seq, version: incident.version, declaredAt: incident.times.declaredAt,
            recordedAt: incident.recordedAt, changedAt: incident.changedAt, changedPosition: changedPosition,
            progressAt: incident.inactivity.progressAt,
            endedAlarmAt: incident.isOpen ? nil : incident.nextAlarmAt,
            isConfidential: incident.isConfidential)
    }

    public init(
        number: Int, id: Incident.ID, status: Incident.Status, severity: Severity, seq: Int, version: Int,
        declaredAt: Timestamp, recordedAt: Timestamp, changedAt: Timestamp, changedPosition: Int,
        progressAt: Timestamp?, endedAlarmAt: Timestamp?, isConfidential: Bool
    ) {
        self.number = number
        self.id = id
        self.status = status
        self.severity = severity
        self.seq = seq
        self.version = version
        self.declaredAt = declaredAt
        self.recordedAt = recordedAt
        self.changedAt = changedAt
        self.changedPosition = changedPosition
        self.progressAt = progressAt
        self.endedAlarmAt = endedAlarmAt
        self.isConfidential = isConfidential
    }

    /// Whether the row says the same as the fold of the incident's entries, where it says it.
    public func fits(_ fold: IncidentRow) -> Bool {
        guard progressAt == nil else { return self == fold }
        var fold = fold
        (fold.progressAt, fold.endedAlarmAt) = (nil, endedAlarmAt)
        return self == fold
    }

    public var stream: StreamID { StreamID(Incident.self, number) }
}

extension Incident: StoredAggregate {
    public static func row(of snapshot: Snapshot<Incident>) -> any StateRow {
        IncidentRow(snapshot.state, changedPosition: snapshot.lastChange.counter)
    }

    /// Plain entries may be progress, depending on who had a role then; the row says when the last was.
    public static func completed(
        _ snapshot: Snapshot<Incident>, from reader: any JournalReader
    ) throws -> Snapshot<Incident>? {
        try reader.incident(snapshot.stream.number)?.completed(snapshot)
    }
}

extension IncidentRow {
    /// The incident with its last progress, after a fold that left out plain entries; `nil` when the row is of another moment, or does not
    /// know it.
    public func completed(_ snapshot: IncidentSnapshot) -> IncidentSnapshot? {
        guard seq == snapshot.seq, let progressAt else { return nil }
        var incident = snapshot.incident
        incident.restoreProgress(at: progressAt)
        return Snapshot(
            incident, of: snapshot.stream, hash: snapshot.hash, lastChange: snapshot.lastChange,
            newerKind: snapshot.newerKind)
    }
}

public typealias IncidentSnapshot = Snapshot<Incident>

extension Snapshot where State == Incident {
    public var incident: Incident { state }
}
