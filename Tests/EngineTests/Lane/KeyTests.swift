import Incidents
import Journal
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

@testable import Engine

/// One key, one effect, one answer (api.md, "Conventions"; invariant I6).
struct KeyTests {
    let time = ManualTime()
    let service: TestService

    init() throws {
        service = try TestService(time: time)
        service.run(.declare())
    }

    @Test func `the same request again is answered with what it led to, and does nothing`() throws {
        let first = try #require(service.run(.note(1, "once"), key: .init("a")).entry)
        let kept = try #require(service.run(.note(1, "once"), key: .init("a")).replayed)
        #expect(kept.subject == .entry(1, seq: first.seq))
        #expect(kept.status == 201)
        #expect(try service.entries(of: 1).count == 2)
    }

    @Test func `so it is within one batch`() throws {
        let answers = (0..<3).map { _ in service.submit(.declare("once"), key: .init("a")) }
        service.takeTurns()
        #expect(answers[0].value?.snapshot?.incident.number == 2)
        #expect(answers[1].value?.replayed?.subject == .state(2, seq: 1))
        #expect(answers[2].value?.replayed?.subject == .state(2, seq: 1))
        #expect(try service.reader.head().numbers[Incident.code] == 2)
        #expect(try service.reader.head().key == 1)
    }

    @Test func `the key with another request is refused, in the batch and after it`() throws {
        let first = service.submit(.note(1, "once"), key: .init("a", request: "one"))
        let other = service.submit(.note(1, "twice"), key: .init("a", request: "two"))
        service.takeTurns()
        #expect(first.value?.entry != nil)
        #expect(other.value?.isKeyReused == true)
        #expect(service.run(.note(1, "twice"), key: .init("a", request: "two")).isKeyReused)
        #expect(try service.entries(of: 1).count == 2)
    }

    @Test func `a refusal is not kept: the retry is judged again`() throws {
        #expect(service.run(.status(1, .resolved), key: .init("a")).rule != nil)
        service.run(.status(1, .monitoring))
        var edit = Edited()
        edit.restoredWhen = .set("it works")
        service.run(.change(.number(1), EditIncident(edit)))
        time.advance(by: .seconds(900))
        service.run(.change(.number(1), RecordCheck("it", passed: true), showing: .entry))
        #expect(service.run(.status(1, .resolved), key: .init("a")).snapshot?.incident.status == .resolved)
        #expect(service.run(.status(1, .resolved), key: .init("a")).replayed != nil)
    }

    @Test func `a warning is kept with its answer`() throws {
        let first = service.run(.declare("no impact"), key: .init("a"))
        #expect(first.warnings == [.impactMissing, .nobodyHears])
        #expect(
            service.run(.declare("no impact"), key: .init("a")).replayed?.warnings
                == ["impact_missing", "nobody_hears"])
    }

    @Test func `what changed nothing is kept as well`() throws {
        #expect(service.run(.raise(1, to: .major), key: .init("a")).snapshot?.incident.seq == 1)
        #expect(service.run(.raise(1, to: .major), key: .init("a")).replayed?.subject == .state(1, seq: 1))
    }

    @Test func `a key outlives a restart`() throws {
        service.run(.note(1, "once"), key: .init("a"))
        service.end()
        let again = try TestService(in: service.folder, time: time)
        #expect(again.run(.note(1, "once"), key: .init("a")).replayed?.subject == .entry(1, seq: 2))
        #expect(again.run(.note(1, "x"), key: .init("a", request: "other")).isKeyReused)
    }

    @Test(arguments: [false, true])
    func `after seven days a key is forgotten, and not a moment earlier`(restarts: Bool) throws {
        service.run(.note(1, "once"), key: .init("a"))
        time.advance(by: KeyIndex.lifetime - .milliseconds(1))
        var service = service
        if restarts {
            service.end()
            service = try TestService(in: service.folder, time: time)
        }
        service.run(.maintain)
        #expect(service.run(.note(1, "once"), key: .init("a")).replayed != nil)
        time.advance(by: .milliseconds(2))
        service.run(.maintain)
        #expect(service.run(.note(1, "once"), key: .init("a")).entry?.seq == 3)
        #expect(
            service.run(.note(1, "once"), key: .init("a")).replayed?.subject == .entry(1, seq: 3))
    }

    @Test func `every outcome that is shown has a subject`() throws {
        let token = Token(
            id: "tok_1", name: "bot", scope: .post, secretHash: [UInt8](repeating: 1, count: 32),
            createdAt: service.now, revokedAt: nil)
        let cases: [(TestRequest, Int, IdempotencyRecord.Subject)] = [
            (.createToken(token), 201, .resource(.token, id: "tok_1")),
            (.revokeToken("tok_1"), 204, .nothing),
            (.webhook("whk_1"), 201, .resource(.webhookSecret, id: "whk_1")),
            (.deleteWebhook("whk_1"), 204, .nothing),
        ]
        for (index, (order, status, subject)) in cases.enumerated() {
            service.run(order, key: .init("key \(index)"))
            let kept = service.run(order, key: .init("key \(index)")).replayed
            #expect(kept?.status == status)
            #expect(kept?.subject == subject)
        }
        service.run(.webhook("whk_2"))
        service.run(.testWebhook("whk_2"), key: .init("test"))
        let kept = service.run(.testWebhook("whk_2"), key: .init("test")).replayed
        let message = try #require(try service.store.deliveries().first?.messageID)
        #expect(kept?.subject == .resource(.delivery, id: message))
        let shown = String(decoding: kept?.shown ?? [], as: UTF8.self)
        #expect(shown.contains(#""webhook":"whk_2""#))
        #expect(kept?.status == 202)
    }
}

struct KeyIndexTests {
    private func key(_ id: Int, _ digest: UInt8, at moment: Timestamp) -> IdempotencyIndexEntry {
        IdempotencyIndexEntry(id: id, digest: KeyDigest([digest]), createdAt: moment)
    }

    @Test func `a key that was kept again is not forgotten with its first time`() {
        let start = Timestamp(milliseconds: 0)
        let later = start + KeyIndex.lifetime + .seconds(1)
        var index = KeyIndex()
        index.insert(key(1, 7, at: start))
        #expect(index.find(KeyDigest([7]), at: later) == nil)
        index.insert(key(2, 7, at: later))
        #expect(index.hasAny(before: later - .milliseconds(1)))
        index.forget(before: later - .milliseconds(1))
        #expect(!index.hasAny(before: later - .milliseconds(1)))
        #expect(index.find(KeyDigest([7]), at: later) == 2, "its successor stands under the same digest")
        #expect(index.count == 1)
    }

    @Test func `a token forgets its own oldest keys, and no one else's`() {
        let now = Timestamp(milliseconds: 0)
        var index = KeyIndex(countMax: 100, perTokenMax: 25)
        func digest(_ id: Int) -> KeyDigest { KeyDigest([UInt8(id & 255), UInt8(id >> 8)]) }
        for id in 1...10 {
            index.insert(IdempotencyIndexEntry(id: id, digest: digest(id), owner: 7, createdAt: now))
        }
        for id in 11...1_000 {
            index.insert(IdempotencyIndexEntry(id: id, digest: digest(id), owner: 9, createdAt: now))
        }
        #expect((1...10).allSatisfy { index.find(digest($0), at: now) == $0 })
        #expect((11...1_000).filter { index.find(digest($0), at: now) != nil } == Array(976...1_000))
    }

    @Test func `when all is full, the token with most keys loses its oldest`() {
        let now = Timestamp(milliseconds: 0)
        var index = KeyIndex(countMax: 100, perTokenMax: 80)
        func insert(_ ids: ClosedRange<Int>, _ owner: UInt32) {
            for id in ids {
                index.insert(
                    IdempotencyIndexEntry(
                        id: id, digest: KeyDigest([UInt8(id)]), owner: owner, createdAt: now))
            }
        }
        insert(1...70, 1)
        insert(71...110, 2)
        #expect(index.count == 100)
        #expect((1...110).filter { index.find(KeyDigest([UInt8($0)]), at: now) == nil } == Array(1...10))
    }

    @Test func `a record of an earlier build is found under the key and digest of then`() throws {
        let service = try TestService()
        service.run(.declare())
        let bytes = [UInt8](1...16)
        let old = IdempotencyKey(keyDigest: bytes, requestDigest: [1], digestAsSent: [])
        #expect(service.run(.note(1, "once"), key: old).entry != nil)
        let new = IdempotencyKey(keyDigest: bytes + [9, 9, 9, 9], requestDigest: [2], digestAsSent: [1])
        #expect(service.run(.note(1, "once"), key: new).replayed != nil)
        let other = IdempotencyKey(keyDigest: bytes + [9, 9, 9, 9], requestDigest: [2], digestAsSent: [3])
        #expect(service.run(.note(1, "once"), key: other).isKeyReused)
    }

    @Test func `digests that differ in any byte differ`() {
        let digest = [UInt8](0..<16)
        for index in digest.indices {
            var other = digest
            other[index] ^= 0x80
            #expect(KeyDigest(other) != KeyDigest(digest))
        }
        #expect(KeyDigest(digest) == KeyDigest(digest))
    }

    @Test func `many keys come and go without a trace`() {
        var index = KeyIndex()
        for id in 0..<20_000 {
            let moment = Timestamp(milliseconds: Int64(id))
            let digest = KeyDigest([UInt8(id & 255), UInt8(id >> 8)])
            index.insert(IdempotencyIndexEntry(id: id, digest: digest, createdAt: moment))
            #expect(index.find(digest, at: moment) == id)
            if id.isMultiple(of: 1_000), id > 0 {
                index.forget(before: Timestamp(milliseconds: Int64(id - 500)))
                #expect(index.count == 501)
            }
        }
        #expect(index.hasAny(before: Timestamp(milliseconds: 1 << 40)))
        index.forget(before: Timestamp(milliseconds: 1 << 40))
        #expect(!index.hasAny(before: Timestamp(milliseconds: 1 << 40)))
        #expect(index.count == 0)
    }
}
