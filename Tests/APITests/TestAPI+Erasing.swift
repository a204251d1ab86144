import Journal
import SQL
import ServiceSupport

extension TestAPI {
    /// Erases the words of an entry in the store, as a redaction does.
    func erase(_ entry: StoredEntry) throws {
        let database = try Database(
            path: service.folder.file(), access: .readWrite, busyTimeoutMilliseconds: 10_000)
        try database.run(
            "UPDATE entries SET words = NULL, salt = NULL WHERE stream = $1 AND seq = $2",
            [.integer(entry.stream.rawValue), .integer(entry.seq)])
        database.close()
    }
}
