import Encoding
import Engine
import Journal
import Storage
import TestSupport
import Testing
import Time

@testable import App

/// What maintenance has done, tick by tick.
struct MaintenanceTaskTests {
    private let folder: TemporaryFolder
    private let time = ManualTime()
    private let store: SQLiteStore
    private let reader: SQLiteReader
    private let lane: WriteLane
    private let credentials: CredentialCache
    private let task: MaintenanceTask

    init() throws {
        folder = try TemporaryFolder()
        let time = self.time
        store = try SQLiteStore.open(
            path: folder.path + "/a.db", purpose: .serve, now: time.wall(), synchronous: .off)
        reader = store.reader(connections: 1)
        let credentials = CredentialCache(reader: reader)
        lane = WriteLane(
            store: store,
            context: LaneContext(
                credentials: credentials, clock: { .init(now: time.wall(), setBack: .zero) },
                random: SystemRandom(), log: { _, _, _ in },
                committed: { _ in }))
        task = MaintenanceTask(
            credentials: credentials, lane: lane, clock: { time.wall() }, refreshBacklog: {},
            log: { _, _, _ in })
        self.credentials = credentials
    }

    private func submit(_ request: any WriteRequest) {
        lane.submit(WriteLane.PendingRequest(request, by: .service, of: nil) { _ in })
    }

    @Test func `the last use of a token is written once a minute, however often it is used`() throws {
        defer {
            reader.close()
            store.close()
        }
        let secret = TokenSecret.make(SystemRandom())
        submit(
            CreateToken(
                Token(
                    id: "tok_a", name: "a", scope: .read, secretHash: TokenSecret.hash(secret),
                    createdAt: time.wall(), revokedAt: nil), secret: secret, isFirst: false))
        while lane.turn() {}
        var writes = 0
        for _ in 0..<180 {
            time.advance(by: .seconds(1))
            credentials.authenticator.principal(ofSecret: secret)?.use.note()
            task.tick()
            if lane.turn() { writes += 1 }
        }
        #expect(writes == 3)
        let last = try #require(try reader.tokens().first?.lastUsedAt)
        #expect(time.wall() - last < .seconds(60))
        for _ in 0..<120 { task.tick() }
        #expect(!lane.turn())
    }

    private func kept() throws -> Int {
        try reader.deliveries(to: "whk_a", .cancelled, before: nil, limit: 5_000).count
    }

    @Test func `a backlog of what may be forgotten goes slice by slice, without ten minutes between them`()
        throws
    {
        defer {
            reader.close()
            store.close()
        }
        submit(
            CreateWebhook(
                Webhook(
                    id: "whk_a", url: "https://x/", events: ["*"], secret: "whsec_a", createdAt: time.wall(),
                    disabledAt: nil, disabledReason: nil, failingSince: nil)))
        for _ in 0..<2_500 { submit(TestWebhook("whk_a")) }
        submit(DeleteWebhook("whk_a"))
        while lane.turn() {}
        #expect(try kept() == 2_500)
        time.advance(by: .seconds(31 * 86_400))
        // It looks for something to forget every ten minutes.
        var left: [Int] = []
        for _ in 0..<603 {
            task.tick()
            if lane.turn() { left.append(try kept()) }
        }
        #expect(left == [1_500, 500, 1])
    }
}
