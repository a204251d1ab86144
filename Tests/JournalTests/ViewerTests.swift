import Incidents
import Journal
import JSON
import Model
import Testing
import Views

/// Entries as they are shown to one for whom an incident does not exist.
struct ViewerTests {
    private static let viewer = Viewer(.hidden) { $0 == 7 }

    private static func entry(_ payload: any EntryPayload<Incident>, text: String) -> StoredEntry {
        var entry = Sample.entry(payload)
        entry.words = JSONObject([.init(name: "text", value: .string(text))]).encoded()
        return entry
    }

    @Test(arguments: [
        ("alice cancelled INC-7 as a duplicate", "alice cancelled another incident as a duplicate"),
        ("INC-7", "another incident"),
        ("INC-7, INC-70 and INC-7", "another incident, INC-70 and another incident"),
        ("INC-70", "INC-70"), ("INC-", "INC-"), ("", ""), ("é INC-7é", "é another incidenté"),
    ])
    func `the ref of a hidden incident is written out of the text, and no longer one`(
        text: String, shown: String
    ) throws {
        for payload in [
            Linked(7, .duplicate), Cancelled(from: .investigating, duplicateOf: 7),
        ] as [any EntryPayload<Incident>] {
            let entry = Self.entry(payload, text: text)
            let masked = try entry.shown(to: Self.viewer)
            #expect(try masked.text() == shown)
            #expect(!String(decoding: masked.facts, as: UTF8.self).contains("INC-7"))
            #expect(String(decoding: masked.facts, as: UTF8.self).contains("null"))
            #expect(try entry.shown(to: .unrestricted) == entry)
        }
    }

    @Test func `any other entry is shown as it is`() throws {
        let text = "see INC-7"
        for payload in [
            Linked(70, .duplicate), Cancelled(from: .investigating, duplicateOf: 70),
            Cancelled(from: .investigating, duplicateOf: nil), Note(),
        ] as [any EntryPayload<Incident>] {
            let entry = Self.entry(payload, text: text)
            #expect(try entry.shown(to: Self.viewer) == entry, "the words of people are theirs")
        }
        let erased = try Self.entry(Linked(7, .duplicate), text: text).erased.shown(to: Self.viewer)
        #expect(try erased.text() == redacted)
        #expect(erased.words == nil)
    }
}
