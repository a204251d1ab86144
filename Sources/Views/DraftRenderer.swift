import Incidents
import Journal
import Model
import Time

/// Renders drafts: reads the words that a template quotes, and fills the template.
public struct DraftRenderer: Sendable {
    private let reader: any JournalReader
    /// In the order of `Template.names`.
    public let templates: [Template]
    /// Formats a time for people: `10:30 UTC`.
    private let clock: @Sendable (Timestamp) -> String

    public init(
        reader: any JournalReader, templates: [Template], clock: @escaping @Sendable (Timestamp) -> String
    ) {
        self.reader = reader
        self.templates = templates
        self.clock = clock
    }

    public func template(named name: String) -> Template? {
        templates.first { $0.name == name }
    }

    /// A draft of an incident as of `now`; `nil` if no such template exists. `template: nil` selects one automatically (`auto`). Blocks
    /// on the store.
    ///
    /// The draft's next update time is `promisedAt`, else one interval from now: the value if the draft is published now.
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
