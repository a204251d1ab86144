import Model
import Testing

/// The guess at what a misspelt name meant.
struct SpellingTests {
    private let known = ["title", "text", "started_at", "next_update_at", "kind", "id"]

    @Test(
        arguments: [
            ("titel", "title"), ("Title", "title"), ("tite", "title"), ("tex", "text"),
            ("startedAt", "started_at"), ("start_at", "started_at"),
            ("nextUpdateAt", "next_update_at"), ("kin", "kind"), ("next-update-at", "next_update_at"),
            ("", nil), ("x", nil), ("é", nil),
            ("message", nil), ("if", nil), (String(repeating: "title", count: 100), nil),
        ] as [(String, String?)])
    func `a near name is found, a far one is not`(name: String, meant: String?) {
        #expect(Spelling.nearest(to: name, among: known) == meant)
        #expect(Spelling.nearest(to: name, among: []) == nil)
    }
}
