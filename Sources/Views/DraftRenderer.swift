import Incidents
import Journal
import Model
import Time

/// Writes drafts: reads the words that a template quotes, and fills it.
public struct DraftRenderer: Sendable {
    private let reader: any JournalReader
    private let templates: [Template]
    /// Prints a time for people: `10:30 UTC`.
    private let clock: @Sendable (Timestamp) -> String

    /// Drafts from those templates.
    public init(
        reader: any JournalReader, templates: [Template], clock: @escaping @Sendable (Timestamp) -> String
    ) {
        self.reader = reader
        self.templates = templates
        self.clock = clock
    }

    /// The templates, in the order of `Template.names`.
    public var all: [Template] { templates }

    /// A template, by name; `nil` when there is none.
    public func template(named name: String) -> Template? {
        templates.first { $0.name == name }
    }

    /// A draft of an incident as of `now`; `template` is `nil` for `auto`. Blocks on the store.
    ///
    /// Its next time is the one promised, or else an interval from now: what it will be if the draft goes out now.
    public func draft(
        of incident: Incident, for audience: Audience, template name: String?, promisedAt: Timestamp? = nil,
        at now: Timestamp
    ) throws -> Draft? {
        guard let template = template(named: name ?? incident.automaticTemplate(for: audience, at: now))
        else {
            return nil
        }
        let evidence = incident.quotable(for: audience)
        var quotes: [Quote] = []
        if !evidence.isEmpty {
            let found = try reader.entries(
                of: StreamID(Incident.self, incident.number), seqs: evidence.map(\.wordsOf))
            let entries = Dictionary(found.map { ($0.seq, $0) }, uniquingKeysWith: { first, _ in first })
            for item in evidence {
                guard let entry = entries[item.wordsOf], entry.words != nil else { continue }
                quotes.append(Quote(seq: item.seq, text: try entry.text()))
            }
        }
        let next = incident.isOpen ? promisedAt ?? now + incident.cadence.interval : nil
        let material = Draft.Material(
            incident: incident, audience: audience, quotes: quotes, nextUpdateAt: next, now: now)
        return Draft(material, template: template, clock: clock)
    }
}
