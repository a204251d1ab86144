import SQL

/// A table's name and columns, in the order of `init(row:)` and `values`. The only place that lists them.
struct Table: Sendable {
    let name: String
    /// `a, b, c`.
    let columns: String
    /// Whether its rows have a `key`, unique in the table.
    let hasKey: Bool
    /// Inserts a row of `values`.
    let insert: String
    /// Inserts, or updates the row with the same first column, except for the columns in `keeping`.
    let upsert: String

    init(_ name: String, _ columns: [String], keeping kept: Set<String> = []) {
        self.name = name
        self.columns = columns.joined(separator: ", ")
        hasKey = columns.contains("key")
        let places = columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        insert = "INSERT INTO \(name) (\(self.columns)) VALUES (\(places))"
        let others = columns.dropFirst().filter { !kept.contains($0) }.map { "\($0) = excluded.\($0)" }
            .joined(separator: ", ")
        upsert = insert + " ON CONFLICT (\(columns.first ?? "")) DO UPDATE SET \(others)"
    }

    /// Selects whole rows; `rest` follows the table's name.
    func select(_ rest: String) -> String {
        select(columns, rest)
    }

    /// Selects whole rows in which the columns of `shown` are NULL unless the condition holds.
    func select(_ rest: String, showing shown: Set<String>, where condition: String) -> String {
        let expressions = columns.split(separator: ", ").map { column in
            shown.contains(String(column)) ? "CASE WHEN \(condition) THEN \(column) END" : String(column)
        }
        return select(expressions.joined(separator: ", "), rest)
    }

    func select(_ expression: String, _ rest: String) -> String {
        "SELECT \(expression) FROM \(name) \(rest)"
    }

    /// The columns qualified with a table alias.
    func columns(of alias: String) -> String {
        columns.split(separator: ", ").map { "\(alias).\($0)" }.joined(separator: ", ")
    }
}

extension Database {
    /// The reason why the first unparsable row is invalid; `nil` when all rows are valid. Reads the whole table.
    func firstUnreadable(
        _ table: Table, by order: String, _ read: (Statement) throws(SQLFault) -> Void
    ) throws(SQLFault) -> String? {
        var (number, flaw) = (0, nil as String?)
        do throws(SQLFault) {
            _ = try rows(table.select("ORDER BY \(order)")) { (row) throws(SQLFault) in
                number += 1
                do throws(SQLFault) {
                    try read(row)
                } catch {
                    flaw = "\(table.name), row \(number): \(error.message)"
                    throw error
                }
            }
        } catch {
            guard let flaw else { throw error }
            return flaw
        }
        return nil
    }
}
