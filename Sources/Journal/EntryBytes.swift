import JSON
import Model

/// The two stored halves of an entry (docs/chain.md).
///
/// *Facts* are what fold and drafts need: enums, seqs, roles, persons, times, durations. *Words* are everything else. A redaction erases
/// words only (domain.md, section 5). Both are compact JSON objects; words are `{"text", "data"?, "source"?}`.
public struct EntryBytes: Sendable, Equatable {
    /// Never erased.
    public var facts: [UInt8]
    /// Texts written by people; erased by a redaction.
    public var words: [UInt8]

    public init(_ entry: NewEntry<some Aggregate>) {
        var fields = FieldWriter()
        entry.payload.write(to: &fields)
        let (facts, data) = fields.finish(rest: entry.rest)
        var words = JSONWriter(reserving: entry.text.utf8.count + data.count + 64)
        words.beginObject()
        words.member("text", entry.text)
        if data.count > 2 {
            words.name("data")
            words.raw(data)
        }
        if let source = entry.source {
            words.name("source")
            words.beginObject()
            words.member("system", source.system)
            words.member("ref", source.ref)
            words.member("url", source.url)
            words.endObject()
        }
        words.endObject()
        self.facts = facts
        self.words = words.bytes
    }
}
