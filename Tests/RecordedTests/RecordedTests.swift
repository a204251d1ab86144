import Encoding
import HTTP
import Incidents
import Journal
import Model
import Testing
import Time

/// Compares rows and responses of an older binary with those of the current sources, byte for byte.
///
/// The journal is permanent: a difference means that a new Drumbeat reads an old journal differently, or that a client sees another
/// response. Record again only if the change is intended.
struct RecordedTests {
    let recording: Recording

    init() throws {
        recording = try Recording.shared.get()
    }

    @Test func `every entry is written again as it was`() throws {
        for entry in recording.entries {
            let (facts, words) = try reencode(entry)
            expectSame(facts, entry.facts, "facts at position \(entry.position)")
            expectSame(words, entry.words ?? [], "words at position \(entry.position)")
            #expect(try onceKey(of: entry) == entry.onceKey, "position \(entry.position)")
        }
    }

    @Test(arguments: [false, true])
    func `every chain holds, and every incident folds to its row`(isRedacted: Bool) throws {
        for row in recording.incidents {
            var fold = Fold<Incident>(row.stream, id: row.id.text)
            var seq = 0
            for entry in recording.entries where entry.stream == row.stream {
                seq += 1
                let isErased = isRedacted && recording.redacted.contains(entry.position)
                let stored = isErased ? entry.erased : entry
                let flaw = Chain.flaw(of: stored, in: row.id.text, seq: seq, after: fold.hash)
                #expect(flaw == nil, "position \(entry.position)")
                try fold.add(stored)
            }
            let snapshot = try #require(fold.snapshot)
            let folded = IncidentRow(snapshot.incident, changedPosition: snapshot.changedPosition)
            #expect(row.fits(folded))
        }
    }

    @Test func `every read is answered as it was`() throws {
        for isRedacted in [false, true] {
            let service = try RecordedService(recording, redacted: isRedacted)
            let reads = recording.answers.filter { $0.isRedacted == isRedacted }
            try #require(reads.count > 50)
            for read in reads {
                let answer = try service.ask(read)
                compare(answer, with: read)
                guard let tag = field("ETag", answer) else { continue }
                let again = try service.ask(read, ["If-None-Match": tag])
                #expect(again.status.code == 304, "\(read) with its tag")
            }
        }
    }

    @Test func `every write that is repeated is answered as it was, and writes nothing`() throws {
        let service = try RecordedService(recording)
        let before = try service.reader.head()
        #expect(recording.keys.count == recording.writes.count)
        for write in recording.writes {
            let answer = try service.ask(write)
            #expect(field("Idempotency-Replayed", answer) == "true", "\(write)")
            compare(answer, with: write)
        }
        #expect(try service.reader.head() == before)
    }

    @Test func `the stream shows every entry as it did`() throws {
        let events = try RecordedService(recording).events()
        let asThen = String(decoding: withoutMembersSince(events), as: UTF8.self)
            .replacing("event: decision.escalated\n", with: "event: timeline.entry_added\n")
        expectSame(Array(asThen.utf8), recording.events, "the stream")
    }

    @Test func `every webhook has the body that it had`() throws {
        let service = try RecordedService(recording)
        var compared = 0
        for recorded in recording.deliveries {
            guard let digest = recorded.bodyDigest else { continue }
            let body = withoutMembersSince(try service.bodies.make(recorded.delivery))
            compared += 1
            if let whole = recorded.body { expectSame(body, Array(whole.utf8), "a body") }
            #expect(Digest.sha256(body) == digest, "delivery \(recorded.delivery.id)")
        }
        #expect(compared >= recording.entries.count - 10)
    }

    @Test func `what is delivered follows from the entries`() throws {
        var folds: [StreamID: Fold<Incident>] = [:]
        var expected: [String] = []
        for entry in recording.entries {
            var fold = try folds[entry.stream] ?? recording.fold(of: entry.stream)
            let before = fold.state
            try fold.add(entry)
            folds[entry.stream] = fold
            guard !recording.old.contains(entry.stream) else { continue }
            let after = try #require(fold.state)
            for type in try eventTypes(of: entry, before: before, after: after) {
                // Newest first, in the order of the lane.
                for webhook in recording.webhooks.reversed() where webhook.wants(type) {
                    expected.append(
                        "\(type.rawValue) of \(entry.stream.number).\(entry.seq) to \(webhook.id)")
                }
            }
        }
        let made = recording.deliveries.map(\.delivery).filter { $0.type != .updateDueSoon }
        #expect(
            made.map { "\($0.type.rawValue) of \($0.stream?.number ?? 0).\($0.seq ?? 0) to \($0.webhook)" }
                == expected)
    }

    @Test func `a deadline is announced as near when its entry said so`() throws {
        let announced = recording.deliveries.map(\.delivery).filter { $0.type == .updateDueSoon }
        try #require(!announced.isEmpty)
        for delivery in announced {
            let stream = try #require(delivery.stream)
            var fold = try recording.fold(of: stream)
            for entry in recording.entries where entry.stream == stream && entry.seq <= delivery.seq ?? 0 {
                try fold.add(entry)
            }
            let beat = try #require(fold.state).cadence.beat
            #expect(delivery.dueAt == beat.dueAt && delivery.expiresAt == beat.dueAt)
            #expect(delivery.createdAt >= (try #require(beat.dueSoonAt)))
        }
    }

    private func compare(_ answer: Response, with recorded: Exchange) {
        #expect(answer.status.code == recorded.status, "\(recorded)")
        expectSame(withoutMembersSince(answer.body), Array(recorded.body.utf8), "\(recorded)")
        // A cadence is tagged by its body since it lists nags.
        let isCadence = recorded.target.hasSuffix("/cadence")
        for (name, value) in recorded.answerFields where !(isCadence && name == "ETag") {
            #expect(field(name, answer) == value, "\(recorded): \(name)")
        }
    }

    /// Reads show later amendments of an entry; recorded entries have none. The text of a warning may change.
    private func withoutMembersSince(_ body: [UInt8]) -> [UInt8] {
        var text = String(decoding: body, as: UTF8.self)
            .replacing(#","became":null,"corrections":[]"#, with: "")
            .replacing(Warning.textDiffers.detail, with: RecordedTests.textDiffered)
        // The types of a message, and the nags of a cadence.
        text.cut(from: #","types":["#, through: "]")
        text.cut(from: #","next_nag_at":"#, through: #""deadlines""#, keeping: #","deadlines""#)
        text.cut(from: #"],"nags":["#, through: "]}", keeping: "]}")
        return Array(text.utf8)
    }

    private static let textDiffered =
        "This source was recorded before with another text, which stands: post a correction to the entry under …/timeline/{seq}/correction."

    private func field(_ name: String, _ answer: Response) -> String? {
        let values = answer.fields.filter { $0.name.lowercased() == name.lowercased() }
        return values.count == 1 ? values.first?.value : nil
    }

    /// Compares bytes: Swift strings are equal when they are canonically equivalent.
    private func expectSame(_ now: [UInt8], _ recorded: [UInt8], _ what: String) {
        guard now != recorded else { return }
        let start = max(0, zip(now, recorded).prefix { $0 == $1 }.count - 60)
        func excerpt(_ bytes: [UInt8]) -> String {
            String(decoding: bytes.dropFirst(start).prefix(240), as: UTF8.self)
        }
        Issue.record("\(what) differs: now …\(excerpt(now))… recorded …\(excerpt(recorded))…")
    }
}

extension String {
    /// Removes the text from the last occurrence of `start` through the end of the last `end` after it.
    fileprivate mutating func cut(from start: String, through end: String, keeping kept: String = "") {
        guard let first = ranges(of: start).last,
            let last = self[first.upperBound...].ranges(of: end).last
        else { return }
        replaceSubrange(first.lowerBound..<last.upperBound, with: kept)
    }
}
