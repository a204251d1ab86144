import Glibc
import Journal
import SQL
import TestSupport
import Testing

@testable import Storage

struct CheckpointTests {
    private static let page = 4_096
    private static let passive = CheckpointSchedule.passiveBytes / page
    private static let restart = CheckpointSchedule.restartBytes / page

    @Test func `nothing is due for a short log unless the lane is idle`() {
        var schedule = CheckpointSchedule()
        #expect(schedule.due(pages: 0, pageBytes: Self.page, idle: true) == nil)
        #expect(schedule.due(pages: Self.passive - 1, pageBytes: Self.page, idle: false) == nil)
        #expect(schedule.due(pages: 1, pageBytes: Self.page, idle: true) == .passive)
        schedule.ran(pages: 1, moved: 1)
        #expect(schedule.due(pages: 1, pageBytes: Self.page, idle: true) == nil)
    }

    @Test func `a long log is tried without waiting, a very long one with`() {
        var schedule = CheckpointSchedule()
        #expect(schedule.due(pages: Self.passive, pageBytes: Self.page, idle: false) == .passive)
        #expect(schedule.due(pages: Self.restart, pageBytes: Self.page, idle: true) == .restart)
    }

    @Test func `one in the way is tried again after more growth, not at every turn`() {
        var schedule = CheckpointSchedule()
        schedule.ran(pages: Self.restart, moved: nil)
        #expect(schedule.due(pages: Self.restart + 1, pageBytes: Self.page, idle: false) == nil)
        #expect(schedule.due(pages: Self.restart + 1, pageBytes: Self.page, idle: true) == .passive)
        #expect(
            schedule.due(pages: Self.restart + Self.passive, pageBytes: Self.page, idle: false) == .restart)
    }

    @Test func `a log that was started again is counted from its start`() {
        var schedule = CheckpointSchedule()
        schedule.ran(pages: Self.passive, moved: Self.passive)
        #expect(schedule.due(pages: 3, pageBytes: Self.page, idle: true) == .passive)
        #expect(schedule.due(pages: Self.passive, pageBytes: Self.page, idle: false) == .passive)
    }

    @Test func `an idle lane moves what was committed`() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.serving(folder)
        let before = look(at: folder.file("drumbeat.db"))?.size ?? 0
        try store.write { $0.entries = [Sample.entry(1, words: String(repeating: "x", count: 50_000))] }
        #expect(store.database.walPages > 10)
        #expect(look(at: folder.file("drumbeat.db"))?.size == before)
        #expect(try store.checkpoint(idle: true))
        #expect(look(at: folder.file("drumbeat.db"))?.size ?? 0 > before)
        #expect(try !store.checkpoint(idle: true), "nothing is left to move")
    }

    @Test func `SQLite does not checkpoint by itself, and the lane does at 4 MiB`() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.serving(folder)
        let words = String(repeating: "x", count: 1_000_000)
        let before = look(at: folder.file("drumbeat.db"))?.size ?? 0
        for position in 1...6 { try store.write { $0.entries = [Sample.entry(position, words: words)] } }
        #expect(look(at: folder.file("drumbeat.db"))?.size == before)
        try store.checkpoint(idle: false)
        #expect(look(at: folder.file("drumbeat.db"))?.size ?? 0 > 6_000_000)
    }

    @Test func `a reader in the way is no fault`() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.serving(folder)
        try store.write { $0.entries = [Sample.entry(1)] }
        let other = try Database(path: store.file.path, access: .readWrite, busyTimeoutMilliseconds: 0)
        try other.execute("BEGIN; SELECT COUNT(*) FROM entries;")
        try store.write { $0.entries = [Sample.entry(2)] }
        try store.checkpoint(idle: true)
        try other.run("ROLLBACK")
        try store.checkpoint(idle: true)
        #expect(try store.reader().head().position == 2)
    }

    @Test func `a file replaced under a running service is broken, not written on`() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore.serving(folder)
        try store.write { $0.entries = [Sample.entry(1)] }
        try #require(rename(folder.file("drumbeat.db"), folder.file("aside.db")) == 0)
        let fault = try #require(throws: StoreFault.self) { try store.checkpoint(idle: true) }
        guard case .broken = fault else {
            Issue.record("\(fault)")
            return
        }
        #expect(throws: fault) { try store.write { $0.entries = [Sample.entry(2)] } }
    }
}
