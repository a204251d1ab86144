import Model
import TestSupport
import Testing
import Time

@testable import Documents

/// The rules of documents, by the one kind there is (learning.md, section 18).
struct PersonPageTests {
    private let noon = Timestamp(milliseconds: 1_800_000_000_000)

    private func body(_ json: String, name: String = "bob") throws -> BodyReader {
        try BodyReader(Array(json.utf8), parameters: (["name"], [name]))
    }

    private func put(_ json: String, name: String = "bob") throws -> PutPerson {
        let body = try body(json, name: name)
        let put = try PutPerson(from: body)
        try body.finish()
        return put
    }

    private func given(_ count: Int = 0) -> Circumstances<Document> {
        var given = Circumstances<Document>(
            author: Author(person: Person("alice"), postedBy: "bot"), now: noon, policy: ())
        given.counts = OpenDocuments()
        let entry = try? put("{}").decide(opening: 1, given).entries.first
        for number in 0..<count {
            guard let payload = entry?.payload, let document = opened(number + 1, payload) else { continue }
            given.counts?.add(document, 1)
        }
        return given
    }

    private func place(_ seq: Int) -> Place {
        Place(
            seq: seq, id: "", author: Person("alice"), occurredAt: noon, recordedAt: noon,
            visibility: .internal)
    }

    private func opened(_ number: Int, _ payload: any EntryPayload<Document>) -> Document? {
        Document(opening: payload, number: number, id: "01J", at: place(1))
    }

    @Test func `the first page opens a document, and the same again adds nothing`() throws {
        let json = #"{"contact": "tel:+49 1", "handles": {"slack": "U1"}, "can": ["dns"]}"#
        let entries = try put(json).decide(opening: 1, given()).entries
        let payload = try #require(entries.first?.payload as? DocumentPut)
        var document = try #require(opened(1, payload))
        #expect(document.key == "people/bob")
        #expect(document.edition == 1)
        #expect((document.content as? PersonPage)?.contact == "tel:+49 1")
        #expect(try put(json).decide(on: document, given()).entries.isEmpty)
        let next = try put(#"{"contact": null}"#).decide(on: document, given()).entries
        let changed = try #require(next.first?.payload as? DocumentPut)
        #expect(changed.apply(to: &document, at: place(2)))
        #expect(document.edition == 2)
        #expect((document.content as? PersonPage)?.handles.isEmpty == true)
    }

    @Test func `a deleted document is hidden, and comes back as its next version`() throws {
        let first = try #require(try put("{}").decide(opening: 1, given()).entries.first)
        var document = try #require(opened(1, first.payload))
        let delete = try DeletePerson(from: body("{}"))
        let gone = try #require(try delete.decide(on: document, given()).entries.first)
        document.apply(gone.payload, of: type(of: gone.payload), at: place(2))
        #expect(!document.isOpen)
        #expect(throws: Document.notFound) { try delete.decide(on: document, given()) }
        let again = try #require(try put("{}").decide(on: document, given()).entries.first)
        document.apply(again.payload, of: type(of: again.payload), at: place(3))
        #expect(document.isOpen && document.edition == 2 && document.version == 3)
    }

    @Test func `spellings of one name have one document`() throws {
        for name in ["bob", "@bob", "BOB", "@Bob"] {
            #expect(try put("{}", name: name).key == "people/bob")
        }
        #expect(try put("{}", name: "bo").key != "people/bob")
    }

    @Test(arguments: [
        (#"{"contact": 1}"#, "#/contact"), (#"{"handles": {"slack": 1}}"#, "#/handles/slack"),
        (#"{"can": "dns"}"#, "#/can"), (#"{"can": [1]}"#, "#/can/0"),
        (#"{"away_until": "soon"}"#, "#/away_until"),
        (#"{"name": "carol"}"#, "#/name"), (#"{"phone": "1"}"#, "#/phone"),
        (#"{"handles": {"slack": null}}"#, "#/handles/slack"),
    ])
    func `what does not fit is named by its member`(json: String, pointer: String) {
        let refusal = #expect(throws: Refusal.self) { try put(json) }
        #expect(refusal?.flaws.map(\.pointer) == [pointer])
    }

    @Test func `five hundred pages are kept, and no more`() throws {
        _ = try put("{}").decide(opening: 1, given(499))
        let refusal = #expect(throws: Refusal.self) { try put("{}").decide(opening: 1, given(500)) }
        #expect(refusal?.type == .validation)
    }

    @Test func `a page reads as it was written, and after its words are erased it is empty`() throws {
        let json =
            #"{"contact": "c", "backup_contact": "b", "handles": {"b": "2", "a": "1"}, "can": ["x", "y"], "#
            + #""away_until": "2026-01-15T10:00:00.000Z", "reason": "moved"}"#
        let payload = try #require(try put(json).decide(opening: 1, given()).entries.first?.payload)
        var writer = FieldWriter()
        payload.write(to: &writer)
        let (facts, words) = writer.finish(rest: Array("{}".utf8))
        #expect(String(decoding: facts, as: UTF8.self) == #"{"name":"bob","version":1,"kind":"people"}"#)
        #expect(
            String(decoding: words, as: UTF8.self)
                == #"{"reason":"moved","contact":"c","backup_contact":"b","handles":{"a":"1","b":"2"},"can":["x","y"],"away_until":"2026-01-15T10:00:00.000Z"}"#
        )
        let stored = Array((#"{"text":"t","data":"# + String(decoding: words, as: UTF8.self) + "}").utf8)
        let read = try DocumentPut(from: FieldReader(facts: facts, words: stored))
        let same = try put(json).put.content
        #expect(read.content?.written == same.written)
        let erased = try DocumentPut(from: FieldReader(facts: facts, words: nil))
        #expect((erased.content as? PersonPage)?.contact == nil)
        #expect(erased.name == "bob")
    }

    @Test func `a kind of document of a newer version is not taken for an empty one`() throws {
        let facts = Array(#"{"name":"x","version":1,"kind":"runbook"}"#.utf8)
        let read = try DocumentPut(from: FieldReader(facts: facts, words: nil))
        #expect(read.isOfNewerVersion)
        let document = try #require(opened(1, read))
        #expect(document.kind == "runbook" && document.key == nil && document.content == nil)
    }

    @Test(arguments: [
        ("José", "people/jose%cc%81"), ("JOSE\u{301}", "people/jose%cc%81"), (" @bob ", "people/bob"),
        ("50% b", "people/50%25%20b"), ("a\u{7F}", nil), ("@@bob", nil), ("@", nil), ("@ ", nil),
    ])
    func `a name has one key, by domain`(name: String, key: String?) throws {
        guard let key else {
            #expect(throws: Refusal.self) { try put("{}", name: name) }
            return
        }
        #expect(try put("{}", name: name).key == key)
        #expect(StreamName(person: name) == .key(key))
    }

    @Test func `a spelling that only looks the same is a change`() throws {
        let entry = try #require(try put(#"{"contact": "\u00e9"}"#).decide(opening: 1, given()).entries.first)
        let document = try #require(opened(1, entry.payload))
        #expect(try put(#"{"contact": "\u00e9"}"#).decide(on: document, given()).entries.isEmpty)
        #expect(try put(#"{"contact": "e\u0301"}"#).decide(on: document, given()).entries.count == 1)
    }

    @Test func `texts have 500 characters, and an empty contact is none`() throws {
        let long = String(repeating: "x", count: 500)
        let page = try put(
            #"{"contact": "", "backup_contact": "\#(long)", "handles": {"s": "\#(long)"}, "can": ["\#(long)"]}"#
        )
        #expect(page.put.content.contact == nil && page.put.content.backupContact == long)
        for json in [
            #"{"contact": "\#(long)x"}"#, #"{"handles": {"s": "\#(long)x"}}"#, #"{"can": ["\#(long)x"]}"#,
        ] {
            #expect(throws: Refusal.self, "\(json.prefix(20))") { try put(json) }
        }
    }
}
