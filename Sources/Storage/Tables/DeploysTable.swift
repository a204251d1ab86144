import Journal
import Model
import SQL
import Time

extension Deploy {
    /// `id` is given by the database.
    fileprivate static let table = Table(
        "deploys", ["scope", "scope_key", "what", "author", "at", "posted_by"])

    fileprivate init(row: Statement) throws(SQLFault) {
        self.init(
            scope: DeployScope(try row.text(0)), what: try row.text(2), author: Person(try row.text(3)),
            postedBy: try row.text(5), at: try row.moment(4))
    }
}

extension Database {
    /// Adds a deploy. Once there are too many, the oldest of the token that recorded most go.
    func append(_ deploy: Deploy) throws(SQLFault) {
        try run(
            Deploy.table.insert,
            [
                .text(deploy.scope.name), .text(deploy.scope.key), .text(deploy.what),
                .text(deploy.author.name), .moment(deploy.at), .text(deploy.postedBy),
            ])
        try run(
            """
            DELETE FROM deploys WHERE id IN (
                SELECT id FROM deploys
                WHERE posted_by = (SELECT posted_by FROM deploys GROUP BY posted_by ORDER BY COUNT(*) DESC LIMIT 1)
                ORDER BY id LIMIT MAX(0, (SELECT COUNT(*) FROM deploys) - $1))
            """,
            [.integer(Deploy.keptMax)])
    }

    func forgetDeploys(before moment: Timestamp) throws(SQLFault) {
        try run("DELETE FROM deploys WHERE at < $1", [.moment(moment)])
    }

    func oldestDeploy() throws(SQLFault) -> Timestamp? {
        try first("SELECT at FROM deploys ORDER BY at LIMIT 1") { (row) throws(SQLFault) in
            try row.moment(0)
        }
    }

    /// The matching deploys, newest first.
    func deploys(_ query: DeployQuery) throws(SQLFault) -> [Deploy] {
        try rows(
            Deploy.table.select(
                """
                WHERE at BETWEEN $1 AND $2 AND ($3 = '*' OR scope_key IN ($3, '*'))
                ORDER BY at DESC, id DESC LIMIT $4
                """),
            [
                .moment(query.since), .moment(query.until), .text(query.scope.key),
                .integer(max(query.limit, 0)),
            ], Deploy.init(row:))
    }
}
