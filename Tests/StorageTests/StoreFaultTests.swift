import CSQLite
import Journal
import SQL
import Testing

@testable import Storage

struct StoreFaultTests {
    enum Meaning { case refusing, constraint, broken }

    /// SQLite's code with its detail in the second byte, and what it means.
    static let table: [(Int32, Meaning)] = [
        (SQLITE_BUSY, .refusing), (SQLITE_BUSY | 2 << 8, .refusing), (SQLITE_LOCKED, .refusing),
        (SQLITE_READONLY, .refusing), (SQLITE_FULL, .refusing), (SQLITE_CANTOPEN, .refusing),
        (SQLITE_IOERR, .refusing), (SQLITE_IOERR | 3 << 8, .refusing), (SQLITE_IOERR | 19 << 8, .refusing),
        (SQLITE_NOMEM, .refusing), (SQLITE_CONSTRAINT, .constraint),
        (SQLITE_CONSTRAINT | 8 << 8, .constraint),
        (SQLITE_TOOBIG, .constraint), (SQLITE_IOERR | 4 << 8, .broken), (SQLITE_IOERR | 5 << 8, .broken),
        (SQLITE_IOERR | 33 << 8, .broken), (SQLITE_READONLY | 4 << 8, .broken), (SQLITE_CORRUPT, .broken),
        (SQLITE_CORRUPT | 1 << 8, .broken), (SQLITE_NOTADB, .broken), (SQLITE_ERROR, .broken),
        (SQLITE_MISUSE, .broken),
    ]

    @Test(arguments: table)
    func `each code means one thing`(code: Int32, meaning: Meaning) {
        let found: Meaning =
            switch StoreFault(SQLFault(code: code, message: "words", sql: nil)) {
            case .refusing: .refusing
            case .constraint: .constraint
            case .broken: .broken
            }
        #expect(found == meaning)
    }
}
