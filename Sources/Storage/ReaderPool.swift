import Dispatch
import Journal
import SQL
import Synchronization

/// A pool of read-only connections, each lent to one thread at a time and opened on demand or all at the start.
final class ReaderPool: Sendable {
    /// How long a reader waits for a connection before it is refused; the same as SQLite's busy timeout.
    private static let waitMilliseconds = 2_000

    private struct State {
        var idle: [Connection] = []
        var isClosed = false
    }

    private let path: String
    private let state = Mutex(State())
    private let free: DispatchSemaphore
    private let connections: Int

    init(path: String, connections: Int) {
        self.path = path
        self.connections = max(connections, 1)
        free = DispatchSemaphore(value: self.connections)
    }

    /// Runs `body` with a connection. A connection that returned a fault is closed and replaced.
    func with<Value>(_ body: (Database) throws(SQLFault) -> Value) throws(StoreFault) -> Value {
        guard free.wait(timeout: .now() + .milliseconds(Self.waitMilliseconds)) == .success else {
            throw .refusing("all read connections are busy")
        }
        defer { free.signal() }
        let connection = try take()
        return try storing { () throws(SQLFault) in
            do throws(SQLFault) {
                let value = try body(connection.database)
                giveBack(connection)
                return value
            } catch {
                connection.database.close()
                throw error
            }
        }
    }

    /// Opens all connections, so that reads need no file descriptor when the process has none left.
    func openAll() throws(StoreFault) {
        for _ in 0..<connections {
            giveBack(try storing { () throws(SQLFault) in try Connection(path: path) })
        }
    }

    /// Closes idle connections now and lent ones when they return. Later calls are refused.
    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for connection in idle { connection.database.close() }
    }

    private func take() throws(StoreFault) -> Connection {
        let (idle, isClosed) = state.withLock { ($0.idle.popLast(), $0.isClosed) }
        guard !isClosed else { throw .refusing("the store is closed") }
        if let idle { return idle }
        return try storing { () throws(SQLFault) in try Connection(path: path) }
    }

    private func giveBack(_ connection: Connection) {
        let isKept = state.withLock { state in
            if !state.isClosed { state.idle.append(connection) }
            return !state.isClosed
        }
        if !isKept { connection.database.close() }
    }
}

/// A pooled connection.
///
/// `@unchecked`: an SQLite handle may move between threads if one uses it at a time, and the pool lends it to one caller at a time.
private final class Connection: @unchecked Sendable {
    let database: Database

    init(path: String) throws(SQLFault) {
        database = try Database(
            path: path, access: .readOnly, busyTimeoutMilliseconds: SQLiteStore.busyTimeoutMilliseconds)
        try database.execute("PRAGMA query_only = ON; PRAGMA cache_size = -1024;")
    }
}
