import SQL

/// Decides when to checkpoint the write-ahead log, and in which mode.
///
/// Counts the pages written since the last try, so that a blocking reader (a backup, a `verify`) does not delay every batch of the lane.
struct CheckpointSchedule {
    /// From this size on a checkpoint runs without waiting. Small, so that recovery after a crash is instant.
    static let passiveBytes = 4 << 20
    /// From this size on the log must restart; otherwise it grows without bound under steady load.
    static let restartBytes = 64 << 20

    /// The log's length at the last try.
    private var triedPages = 0
    /// How many pages of the log are known to be in the database.
    private var movedPages = 0

    /// The checkpoint due for a log of `pages` pages; `nil` for none.
    mutating func due(pages: Int, pageBytes: Int, idle: Bool) -> Database.CheckpointMode? {
        if pages < triedPages {
            // The log was restarted.
            triedPages = 0
            movedPages = 0
        }
        let grownBytes = (pages - triedPages) * pageBytes
        if grownBytes >= Self.passiveBytes {
            return pages * pageBytes >= Self.restartBytes ? .restart : .passive
        }
        return idle && pages > movedPages ? .passive : nil
    }

    /// Records a checkpoint: `moved` pages of the log are in the database; `nil` when it was blocked.
    mutating func ran(pages: Int, moved: Int?) {
        triedPages = pages
        movedPages = moved ?? movedPages
    }
}
