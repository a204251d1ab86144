import Incidents
import Journal
import Model
import SQL

extension IncidentRow {
    static let table = Table(
        "incidents",
        [
            "number", "id", "status", "severity", "seq", "version", "declared_at", "recorded_at",
            "changed_at",
            "changed_position", "progress_at", "progress_seq", "ended_alarm_at",
            "confidential",
        ], keeping: ["id"])

    init(row: Statement) throws(SQLFault) {
        self.init(
            number: try row.streamNumber(0), id: Incident.ID(try row.text(1)), status: try row.word(2),
            severity: try row.word(3), seq: try row.count(4), version: try row.count(5),
            declaredAt: try row.moment(6), recordedAt: try row.moment(7), changedAt: try row.moment(8),
            changedPosition: try row.count(9), progressAt: try row.optionalMoment(10),
            endedAlarmAt: try row.optionalMoment(12), isConfidential: try row.integer(13) != 0)
        // A version without these columns may have written the row later.
        if try row.optionalCount(11) != seq { (progressAt, endedAlarmAt) = (nil, nil) }
    }
}

extension IncidentRow: TabledRow {
    var values: [SQLValue] {
        [
            .integer(number), .text(id.text), .text(status.rawValue), .text(severity.rawValue), .integer(seq),
            .integer(version), .moment(declaredAt), .moment(recordedAt), .moment(changedAt),
            .integer(changedPosition), .moment(progressAt), .integer(progressAt.map { _ in seq }),
            .moment(endedAlarmAt), .integer(isConfidential ? 1 : 0),
        ]
    }
}

extension Database {
    func incident(_ number: Int) throws(SQLFault) -> IncidentRow? {
        try first(
            IncidentRow.table.select("WHERE number = $1"), [.integer(number)], IncidentRow.init(row:))
    }

    func incidents(
        _ filter: IncidentFilter, before: Int?, limit: Int
    ) throws(SQLFault) -> [IncidentRow] {
        // Three statements, because the partial index of open incidents serves only a statement that repeats its condition.
        let state =
            switch filter.state {
            case .all: "WHERE"
            case .open: "WHERE status NOT IN ('resolved', 'cancelled') AND"
            case .ended: "WHERE status IN ('resolved', 'cancelled') AND"
            }
        return try rows(
            IncidentRow.table.select(
                state + """
                     number < $1 AND ($2 IS NULL OR severity = $2) AND ($3 IS NULL OR status = $3)
                    AND ($4 IS NULL OR changed_at >= $4)
                    ORDER BY number DESC LIMIT $5
                    """),
            [
                .integer(before ?? Int.max), .text(filter.severity?.rawValue), .text(filter.status?.rawValue),
                .moment(filter.since), .integer(max(limit, 0)),
            ], IncidentRow.init(row:))
    }
}

extension Database {
    /// By their index, so that a start reads no others.
    func confidentialIncidents() throws(SQLFault) -> [(number: Int, id: String)] {
        try rows(IncidentRow.table.select("number, id", "WHERE confidential = 1 ORDER BY number")) {
            (row) throws(SQLFault) in (try row.streamNumber(0), try row.text(1))
        }
    }

    /// Ended incidents about which a nag is due, newest first, with numbers below `before`.
    func endedWithAlarm(before: Int?, limit: Int) throws(SQLFault) -> [IncidentRow] {
        try rows(
            IncidentRow.table.select(
                "WHERE ended_alarm_at IS NOT NULL AND number < $1 ORDER BY number DESC LIMIT $2"),
            [.integer(before ?? Int.max), .integer(max(limit, 0))], IncidentRow.init(row:))
    }
}
