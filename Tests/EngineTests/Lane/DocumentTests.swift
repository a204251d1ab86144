import Documents
import Encoding
import Engine
import Journal
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

/// Documents in the lane and at the start.
struct DocumentTests {
    private let service: TestService

    init() throws {
        service = try TestService()
    }

    private func put(
        _ name: String, _ json: String = "{}", if preconditions: Preconditions = Preconditions()
    ) throws -> TestRequest {
        let put = try PutPerson(from: BodyReader(Array(json.utf8), parameters: (["name"], [name])))
        return TestRequest(PutStream(put, in: service.documents.shelf, if: preconditions))
    }

    private func delete(_ name: String) throws -> TestRequest {
        let delete = try DeletePerson(
            from: BodyReader([], mayBeAbsent: true, parameters: (["name"], [name])))
        return TestRequest(
            PerformAction(
                delete, on: StreamName(person: name), in: service.documents.shelf, showing: .state))
    }

    @Test func `requests for one page in a batch see those before them`() throws {
        let answers = [
            service.submit(try put("bob", if: Preconditions(ifNoneMatch: .any))),
            service.submit(try put("@BOB", #"{"contact": "c"}"#)),
            service.submit(try put("bob", if: Preconditions(ifNoneMatch: .any))),
            service.submit(try delete("Bob")),
            service.submit(try put("bob", if: Preconditions(ifMatch: .any))),
            service.submit(try put("bob")),
        ]
        service.takeTurns()
        #expect(service.store.commits == 1)
        let outcomes = answers.map { answer in answer.value?.refusal?.type.slug ?? "done" }
        #expect(
            outcomes == ["done", "done", "precondition-failed", "done", "precondition-failed", "done"])
        let page = try #require(try service.documents.snapshot(.key("people/bob")))
        #expect(page.state.edition == 3 && page.seq == 4 && page.state.isOpen)
        #expect(service.documents.shelf.openCount() == 1)
    }

    @Test func `the last free place goes to the first request of a batch`() throws {
        for number in 1...499 { service.run(try put("p\(number)")) }
        let answers = [service.submit(try put("a")), service.submit(try put("b"))]
        let change = service.submit(try put("p1", #"{"contact": "c"}"#))
        service.takeTurns()
        #expect(answers.map { $0.value?.refusal == nil } == [true, false])
        #expect(change.value?.refusal == nil, "a full kind can still be changed")
        #expect(service.run(try delete("p2")).refusal == nil)
        #expect(service.run(try put("b")).refusal == nil)
        #expect(service.documents.shelf.openCount() == 500)
    }

    /// Stores a document that this version did not write.
    private func store(_ key: String, facts: String, rowSeq: Int = 1) throws {
        let id = "01KF0Q2XG0DOCUMENTDOCUMENT"
        let position = service.position.value + 1
        let stream = StreamID(Document.self, 1)
        let (words, salt) = (Array(#"{"text":"x","data":{}}"#.utf8), [UInt8](repeating: 7, count: 16))
        var entry = StoredEntry(
            position: position, stream: stream, seq: 1, id: "01KF0Q2XG0ENTRYENTRYENTRY0",
            kind: DocumentPut.kind, author: "alice", postedBy: "bot", occurredAt: service.now,
            recordedAt: service.now, visibility: .internal, facts: Array(facts.utf8), words: words,
            salt: salt, wordsDigest: Digest.sha256([salt, words]), hash: [], onceKey: nil)
        entry.hash = Chain.hash(of: entry, in: id, after: Chain.start)
        let stored = entry
        try service.store.commit { _, _ in
            var batch = Batch()
            batch.entries = [stored]
            batch.states = [DocumentRow(number: 1, id: id, key: key, seq: rowSeq, deletedAt: nil)]
            return batch
        }
        service.end()
    }

    @Test func `a kind of a newer version is kept, and hides no page of another kind`() throws {
        try store("recipes/soup", facts: #"{"name":"soup","version":1,"kind":"recipes"}"#)
        let again = try TestService(in: service.folder, time: service.time)
        #expect(!again.log.events.contains("document.damaged"))
        let snapshot = try #require(again.documents.shelf.snapshot(1))
        #expect(snapshot.newerKind == DocumentPut.kind && snapshot.state.kind == "recipes")
        #expect(snapshot.state.content == nil)
    }

    @Test func `a damaged page is logged and left out, and the start goes on`() throws {
        service.run(.declare())
        try store("people/bob", facts: #"{"version":1,"kind":"people"}"#)
        let again = try TestService(in: service.folder, time: service.time)
        #expect(again.log.lines.contains { $0.contains("document.damaged") && $0.contains("people/bob") })
        #expect(again.documents.shelf.openCount() == 0)
        #expect(again.incidents.snapshot(1) != nil)
        #expect(again.run(.note(1, "x")).entry?.seq == 2)
    }

    @Test(arguments: [2, 0, -1])
    func `a page whose last entry is gone is not taken for its older version`(rowSeq: Int) throws {
        try store(
            "people/bob", facts: #"{"name":"bob","version":1,"kind":"people"}"#, rowSeq: rowSeq)
        let again = try TestService(in: service.folder, time: service.time)
        #expect(again.log.lines.contains { $0.contains("document.damaged") && $0.contains("people/bob") })
        #expect(again.documents.shelf.openCount() == 0)
        #expect(throws: UnreadableEntry.self) { try again.documents.snapshot(1) }
        let put = try PutPerson(from: BodyReader(Array("{}".utf8), parameters: (["name"], ["bob"])))
        let refusal = try #require(
            again.run(TestRequest(PutStream(put, in: again.documents.shelf))).refusal)
        #expect(refusal.type == .internalFault)
        #expect(again.run(.declare()).snapshot != nil, "the store is well")
    }

    @Test func `each version of a long page is found, and only what it needs is read`() throws {
        for number in 1...40 {
            service.run(try put("bob", #"{"contact": "c\#(number)"}"#))
            if number % 7 == 0 { service.run(try delete("bob")) }
        }
        let newest = try #require(try service.documents.snapshot(.key("people/bob")))
        #expect(newest.state.edition == 40 && newest.seq == 45)
        for edition in 1...40 {
            let page = try #require(try service.documents.snapshot(ofEdition: edition, of: newest))
            #expect(page.state.edition == edition && page.state.isOpen)
            #expect((page.state.content as? PersonPage)?.contact == "c\(edition)")
        }
        for edition in [0, 41] {
            #expect(try service.documents.snapshot(ofEdition: edition, of: newest) == nil)
        }
        // A fold from the last put is the fold of all entries.
        service.end()
        let again = try TestService(in: service.folder, time: service.time)
        let folded = try #require(try again.documents.snapshot(1))
        #expect(folded.hash == newest.hash && folded.lastChange == newest.lastChange)
        #expect(folded.seq == newest.seq && folded.version == newest.version)
        let past = try #require(try again.documents.snapshot(1, asOf: 8))
        #expect(!past.state.isOpen && past.state.edition == 7)
    }
}
