import Incidents
import Journal
import Model
import SQL

extension StoredEntry {
    /// The columns that `init(row:)` reads, in its order.
    static let columns = """
        position, incident, seq, id, kind, author, posted_by, occurred_at, recorded_at, visibility, facts, words, salt,
        words_digest, hash, once_key
        """

    /// The same of a table that goes by another name.
    static func columns(_ table: String) -> String {
        table + "."
            + columns.split(whereSeparator: { $0 == "," || $0 == "\n" || $0 == " " })
            .joined(separator: ", \(table).")
    }

    init(row: Statement) throws(SQLFault) {
        self.init(
            position: try row.count(0), incident: try row.count(1), seq: try row.count(2),
            id: try row.text(3),
            kind: EntryKind(rawValue: try row.text(4)), author: try row.text(5), postedBy: try row.text(6),
            occurredAt: try row.moment(7),
            recordedAt: try row.moment(8), visibility: try row.word(9), facts: try row.bytes(10),
            words: try row.optionalBytes(11), salt: try row.optionalBytes(12), wordsDigest: try row.bytes(13),
            hash: try row.bytes(14), onceKey: try row.optionalText(15))
    }
}

extension IncidentRow {
    /// The columns that `init(row:)` reads, in its order.
    static let columns = """
        number, id, status, severity, seq, version, declared_at, recorded_at, changed_at, changed_position
        """

    init(row: Statement) throws(SQLFault) {
        self.init(
            number: try row.count(0), id: Incident.ID(try row.text(1)), status: try row.word(2),
            severity: try row.word(3), seq: try row.count(4), version: try row.count(5),
            declaredAt: try row.moment(6),
            recordedAt: try row.moment(7), changedAt: try row.moment(8), changedPosition: try row.count(9))
    }
}
