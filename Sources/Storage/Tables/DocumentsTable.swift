import Journal
import Model
import SQL

extension DocumentRow {
    static let table = Table(
        "documents", ["number", "id", "key", "seq", "deleted_at"], keeping: ["id", "key"])

    init(row: Statement) throws(SQLFault) {
        self.init(
            number: try row.streamNumber(0), id: try row.text(1), key: try row.text(2),
            seq: try row.count(3), deletedAt: try row.optionalMoment(4))
    }
}

extension DocumentRow: TabledRow {
    var values: [SQLValue] {
        [.integer(number), .text(id), .text(key), .integer(seq), .moment(deletedAt)]
    }
}

extension Database {
    /// Numbers and keys of the documents that are not deleted, ascending.
    func openDocuments() throws(SQLFault) -> [(number: Int, key: String)] {
        try rows(
            DocumentRow.table.select(
                "number, key", "WHERE deleted_at IS NULL AND number >= 1 ORDER BY number"), []
        ) { (row) throws(SQLFault) in (number: try row.streamNumber(0), key: try row.text(1)) }
    }

    /// Numbers of all documents, ascending.
    func documents(after number: Int, limit: Int) throws(SQLFault) -> [Int] {
        try rows(
            DocumentRow.table.select("number", "WHERE number > $1 ORDER BY number LIMIT $2"),
            [.integer(number), .integer(max(limit, 0))]
        ) { (row) throws(SQLFault) in try row.streamNumber(0) }
    }

    /// `nil` when there is none or it cannot be read.
    func document(_ number: Int) throws(SQLFault) -> DocumentRow? {
        try rows(DocumentRow.table.select("WHERE number = $1"), [.integer(number)]) {
            (row) throws(SQLFault) in try? DocumentRow(row: row)
        }.first ?? nil
    }
}
