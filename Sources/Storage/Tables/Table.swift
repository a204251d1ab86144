/// A table's name and columns, in the order in which `init(row:)` reads and `values` writes them: the one place that lists them.
struct Table: Sendable {
    let name: String
    /// `a, b, c`.
    let columns: String
    /// Inserts a row of `values`.
    let insert: String
    /// The same, or else writes over the row with that key, the first column. The columns of `keeping` stay as they are.
    let upsert: String

    init(_ name: String, _ columns: [String], keeping kept: Set<String> = []) {
        self.name = name
        self.columns = columns.joined(separator: ", ")
        let places = columns.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        insert = "INSERT INTO \(name) (\(self.columns)) VALUES (\(places))"
        let others = columns.dropFirst().filter { !kept.contains($0) }.map { "\($0) = excluded.\($0)" }
            .joined(separator: ", ")
        upsert = insert + " ON CONFLICT (\(columns.first ?? "")) DO UPDATE SET \(others)"
    }

    /// Selects whole rows; `rest` is what follows `FROM` and the name.
    func select(_ rest: String) -> String {
        select(columns, rest)
    }

    func select(_ expression: String, _ rest: String) -> String {
        "SELECT \(expression) FROM \(name) \(rest)"
    }

    /// The columns of a table that goes by another name in the statement.
    func columns(of alias: String) -> String {
        columns.split(separator: ", ").map { "\(alias).\($0)" }.joined(separator: ", ")
    }
}
