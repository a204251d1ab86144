import Journal
import SQL

extension StoreFault {
    /// Maps an SQLite fault of the running service (faults.md, "Found out before a line was written").
    init(_ fault: SQLFault) {
        switch fault.kind {
        case .busy: self = .refusing("the database is locked by another process")
        case .full: self = .refusing("the disk is full")
        case .readOnly: self = .refusing("the database is not writable: \(fault)")
        case .cannotOpen, .inputOutput: self = .refusing("a read or a write failed: \(fault)")
        case .passing: self = .refusing(fault.description)
        case .constraint: self = .constraint(fault.description)
        case .unsynced: self = .broken("a sync to disk failed: \(fault)")
        case .moved: self = .broken("the database file was moved or replaced while in use: \(fault)")
        case .corrupt, .notADatabase: self = .broken("the database is damaged: \(fault)")
        case .misuse: self = .broken(fault.description)
        }
    }
}

/// Runs `body`, and maps its SQLite faults.
func storing<Value>(_ body: () throws(SQLFault) -> Value) throws(StoreFault) -> Value {
    do throws(SQLFault) {
        return try body()
    } catch {
        throw StoreFault(error)
    }
}
