import CSQLite
import Journal
import SQL

extension SQLFault {
    /// Whether another connection's lock was in the way.
    var isBusy: Bool {
        code == SQLITE_BUSY || code == SQLITE_LOCKED
    }
}

extension StoreFault {
    /// What a fault of SQLite means for the service (faults.md, "Found out before a line was written").
    init(_ fault: SQLFault) {
        switch fault.extendedCode {
        case Self.failedSync, Self.failedFolderSync:
            // SQLite would carry on, but what the kernel dropped is gone: nothing may be acknowledged from here on.
            self = .broken("the disk failed to make a write durable: \(fault)")
        case Self.movedFile:
            self = .broken("the database file was moved or replaced while in use: \(fault)")
        case Self.corruptFileSystem, Self.corruptPage:
            self = .broken("the disk returned wrong data: \(fault)")
        default:
            self.init(plain: fault)
        }
    }

    private init(plain fault: SQLFault) {
        switch fault.code {
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL:
            self = .refusing("the database is locked by another process")
        case SQLITE_FULL: self = .refusing("the disk is full")
        case SQLITE_READONLY: self = .refusing("the database cannot be written: \(fault)")
        case SQLITE_CANTOPEN, SQLITE_IOERR:
            // A full disk shows as these too.
            self = .refusing("the disk refused a read or a write: \(fault)")
        case SQLITE_NOMEM, SQLITE_INTERRUPT, SQLITE_SCHEMA: self = .refusing(fault.description)
        case SQLITE_CONSTRAINT, SQLITE_TOOBIG, SQLITE_MISMATCH:
            // The latter two belong to one change as well: tried alone, only that one is refused.
            self = .constraint(fault.description)
        default: self = .broken(fault.description)
        }
    }

    // Macros with a shift, which Swift does not import.
    private static let failedSync = SQLITE_IOERR | (4 << 8)
    private static let failedFolderSync = SQLITE_IOERR | (5 << 8)
    private static let corruptPage = SQLITE_IOERR | (32 << 8)
    private static let corruptFileSystem = SQLITE_IOERR | (33 << 8)
    private static let movedFile = SQLITE_READONLY | (4 << 8)
}

/// Does it, and says what a fault of SQLite means for the service.
func storing<Value>(_ body: () throws(SQLFault) -> Value) throws(StoreFault) -> Value {
    do throws(SQLFault) {
        return try body()
    } catch {
        throw StoreFault(error)
    }
}
