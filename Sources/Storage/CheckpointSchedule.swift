import SQL

/// When the write-ahead log is due to be moved to the database, and how hard to try.
///
/// Counts pages beyond those already tried, so that a reader in the way (a backup, a `verify`) does not make every turn of the
/// lane wait for it.
struct CheckpointSchedule {
    /// From here on without waiting: small enough that recovery after a crash stays instant.
    static let passiveBytes = 4 << 20
    /// From here on the log must be started anew, or it grows without end under steady load.
    static let restartBytes = 64 << 20

    /// The log's length when it was last tried; 0 when all of it was moved and the log starts anew.
    private var triedPages = 0
    /// How much of the log is known to be in the database.
    private var movedPages = 0

    /// What is due for a log of that many pages; `nil` for nothing.
    mutating func due(pages: Int, pageBytes: Int, idle: Bool) -> Database.CheckpointMode? {
        if pages < triedPages {
            // The log was started anew.
            triedPages = 0
            movedPages = 0
        }
        let grownBytes = (pages - triedPages) * pageBytes
        if grownBytes >= Self.passiveBytes {
            return pages * pageBytes >= Self.restartBytes ? .restart : .passive
        }
        return idle && pages > movedPages ? .passive : nil
    }

    /// Notes what a checkpoint did: `moved` pages of the log are in the database; `nil` when others were in the way.
    mutating func ran(pages: Int, moved: Int?) {
        triedPages = pages
        movedPages = moved ?? movedPages
    }
}
