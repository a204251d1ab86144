import Encoding
import HTTP
import Incidents
import JSON
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
            let folded = IncidentRow(snapshot.incident, changedPosition: snapshot.lastChange.counter)
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
            // Escaped since, because clients took it for the end of a line.
            .replacing(#"\u0085"#, with: "\u{85}")
        // Streams showed contacts.
        func hiding(_ events: [UInt8]) -> [UInt8] {
            let roles = RecordedTests.replacing(
                #""contact":"(?:[^"\\]|\\.)*""#, in: events, by: #""contact":null"#)
            return RecordedTests.replacing(#""contacts":\{[^}]*\}"#, in: roles, by: #""contacts":null"#)
        }
        expectSame(hiding(Array(asThen.utf8)), hiding(recording.events), "the stream")
    }

    @Test func `every webhook has the body that it had`() throws {
        let service = try RecordedService(recording)
        var (compared, redrafted) = (0, 0)
        for recorded in recording.deliveries {
            guard let digest = recorded.bodyDigest else { continue }
            let delivery = recorded.delivery
            var body = withoutMembersSince(try service.bodies.make(delivery))
            if let stream = delivery.stream, let seq = delivery.seq {
                body = RecordedTests.replacing(
                    RecordedTests.mitigated, in: body, by: try firstMonitoring(of: stream, upTo: seq))
                body = try withContacts(body, of: stream, asOf: seq)
            }
            // Drafts were a text; now they are objects, with other words. DraftsPageTests have those.
            let hasDraft = !RecordedTests.text(body).contains(#","draft":null"#)
            guard !hasDraft || recorded.body != nil else {
                redrafted += 1
                continue
            }
            compared += 1
            if let whole = recorded.body {
                let (now, then) = (
                    RecordedTests.withoutDraft(body), RecordedTests.withoutDraft(Array(whole.utf8))
                )
                expectSame(now, then, "a body")
            }
            if !hasDraft { #expect(Digest.sha256(body) == digest, "delivery \(delivery.id)") }
        }
        #expect(compared + redrafted >= recording.entries.count - 10 && redrafted <= 21)
    }

    /// Messages had all contacts; now only the recipients of a nag have theirs.
    private func withContacts(_ body: [UInt8], of stream: StreamID, asOf seq: Int) throws -> [UInt8] {
        var fold = try recording.fold(of: stream)
        for entry in recording.entries where entry.stream == stream && entry.seq <= seq {
            try fold.add(entry)
        }
        var text = RecordedTests.text(body)
        for (role, holder) in fold.state?.roles ?? [:] {
            guard let contact = holder.contact else { continue }
            func json(_ text: String) -> String { RecordedTests.text(JSONValue.string(text).encoded()) }
            let named = "\"\(role.rawValue)\":{\"person\":\(json(holder.person.name)),\"contact\":"
            text = text.replacing(named + "null,\"since\"", with: named + json(contact) + ",\"since\"")
        }
        guard let entry = recording.entries.first(where: { $0.stream == stream && $0.seq == seq }),
            case .object(let words) = try JSONReader.read(entry.words ?? [], limits: .stored),
            case .object(let data)? = words["data"]
        else { return Array(text.utf8) }
        for name in ["contact", "contacts"] where entry.kind != Note.kind {
            guard let value = data[name] else { continue }
            text = text.replacing(
                "\"\(name)\":null}", with: "\"\(name)\":\(RecordedTests.text(value.encoded()))}")
        }
        return Array(text.utf8)
    }

    /// `mitigated_at` as older versions had it: the first `monitoring` stood, whatever came later.
    private func firstMonitoring(of stream: StreamID, upTo seq: Int) throws -> String {
        for entry in recording.entries where entry.stream == stream && entry.seq <= seq {
            guard let moved = try entry.payload() as? StatusChanged, moved.to == .monitoring else { continue }
            return #""mitigated_at":"\#(entry.recordedAt.rfc3339)""#
        }
        return #""mitigated_at":null"#
    }

    private static let mitigated = #""mitigated_at":(?:null|"[^"]*")"#

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    /// Replaces the matches of a pattern.
    private static func replacing(_ pattern: String, in body: [UInt8], by text: String) -> [UInt8] {
        do {
            return Array(RecordedTests.text(body).replacing(try Regex(pattern), with: text).utf8)
        } catch {
            preconditionFailure("\(pattern): \(error)")
        }
    }

    /// The draft is the last member of the data.
    private static func withoutDraft(_ body: [UInt8]) -> [UInt8] {
        let text = RecordedTests.text(body)
        guard let start = text.ranges(of: #","draft":"#).last?.lowerBound else { return body }
        return Array(text[..<start].utf8)
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
        guard !recorded.target.contains("/status-updates/draft") else {
            // The words of drafts changed, and templates that do not fit are refused.
            return compareDraft(answer, with: recorded)
        }
        #expect(answer.status.code == recorded.status, "\(recorded)")
        expectSame(
            RecordedTests.replacing(
                RecordedTests.mitigated, in: withoutMembersSince(answer.body), by: ""),
            RecordedTests.replacing(RecordedTests.mitigated, in: Array(recorded.body.utf8), by: ""),
            "\(recorded)")
        // A cadence is tagged by its body since it lists nags.
        let isCadence = recorded.target.hasSuffix("/cadence")
        for (name, value) in recorded.answerFields where !(isCadence && name == "ETag") {
            if name == "ETag", let form = value.firstMatch(of: #/^"1-(entry|redacted)-/#)?.1 {
                // An entry was tagged by its id.
                #expect(field(name, answer)?.contains("-\(form)") == true, "\(recorded)")
                continue
            }
            #expect(withoutHash(field(name, answer)) == value, "\(recorded): \(name)")
        }
    }

    /// Tags were of format 1, and of the counter alone.
    private func withoutHash(_ value: String?) -> String? {
        value?.replacing(#/^"\d+-/#) { _ in "\"1-" }.replacing(#/^"1-(\d+)-[0-9a-f]{8}/#) { "\"1-\($0.1)" }
    }

    private func compareDraft(_ answer: Response, with recorded: Exchange) {
        let isOfTeam =
            recorded.target.contains("=decide") || recorded.target.contains("=internal")
        #expect(
            answer.status.code == 200 || answer.status.code == 400 && recorded.target.contains("template="),
            "\(recorded): \(RecordedTests.text(answer.body))")
        #expect(
            answer.status.code == 400 || !isOfTeam || recorded.target.contains("audience=internal"),
            "\(recorded)")
        func basis(_ text: String) -> Substring? { text.firstMatch(of: #/"basis_seq":\d+/#)?.output }
        guard answer.status.code == 200 else { return }
        #expect(basis(RecordedTests.text(answer.body)) == basis(recorded.body), "\(recorded)")
    }

    /// Reads show later amendments of an entry, and members that came later; recorded entries have none. The text of a warning may
    /// change.
    private func withoutMembersSince(_ body: [UInt8]) -> [UInt8] {
        var text = RecordedTests.text(
            RecordedTests.replacing(#""restored_at":(?:null|"[^"]*"),"#, in: body, by: "")
        )
        .replacing(#""public_title":null,"#, with: "")
        .replacing(#","suspects":[],"todos":[]"#, with: "")
        .replacing(#","scope":null,"users_affected":null,"security":false,"confidential":false"#, with: "")
        .replacing(#","brief":null"#, with: "")
        .replacing(#","became":null,"corrections":[]"#, with: "")
        for (warning, detail) in RecordedTests.details {
            text = text.replacing(warning.detail, with: detail)
        }
        text = text.replacing(#/,"links":\[\{"operation":.*?\}\]\}/#, with: "}")
        // The types of a message, and the nags of a cadence.
        text.cut(from: #","types":["#, through: "]")
        text.cut(from: #","next_nag_at":"#, through: #""deadlines""#, keeping: #","deadlines""#)
        text.cut(from: #"],"nags":["#, through: "]}", keeping: "]}")
        return Array(text.utf8)
    }

    /// Warnings named the call in their detail, before they had links.
    private static let details: [(Warning, String)] = [
        (
            .textDiffers,
            "This source was recorded before with another text, which stands: post a correction to the entry under "
                + "…/timeline/{seq}/correction."
        ),
        (
            .impactMissing,
            #"Say who is affected and how: PATCH the incident with \"impact\"; public drafts show [FILL: impact] until then."#
        ),
        (
            .commanderIsCommunicator,
            "One person is commander and communicator while others hold roles: hand one role over, so that updates do not wait for "
                + "decisions."
        ),
    ]

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
