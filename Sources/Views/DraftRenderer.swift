import Incidents
import Journal
import JSON
import Model
import Time

/// Renders drafts: reads the words that a template quotes, and fills the template.
public struct DraftRenderer: Sendable {
    private let reader: any JournalReader
    /// In the order of `Template.names`.
    public let templates: [Template]
    /// Formats a time for people as of another, the time of the draft: `10:30 UTC`.
    private let clock: @Sendable (Timestamp, Timestamp) -> String

    public init(
        reader: any JournalReader, templates: [Template],
        clock: @escaping @Sendable (_ moment: Timestamp, _ now: Timestamp) -> String
    ) {
        self.reader = reader
        self.templates = templates
        self.clock = clock
    }

    public func template(named name: String) -> Template? {
        templates.first { $0.name == name }
    }

    /// What a draft is asked for.
    public struct Wish: Sendable {
        public var audience: Audience
        /// `nil` selects one automatically (`auto`).
        public var template: String?
        /// Texts of the author, which win over what is recorded.
        public var fill: [Placeholder: String] = [:]
        /// A status that changes with the publication; `nil` for none.
        public var status: Incident.Status?
        /// The promised time of the next update; `nil` for one interval from now.
        public var promisedAt: Timestamp?

        public init(for audience: Audience, template: String? = nil) {
            self.audience = audience
            self.template = template
        }
    }

    /// A draft of an incident as of `now`; `nil` if no such template exists. Blocks on the store.
    ///
    /// Throws a `Refusal` for a template that does not fit the audience or the status, and for texts that it does not use.
    public func draft(of incident: Incident, _ wish: Wish, at now: Timestamp) throws -> Draft? {
        let supposed = wish.status.map { incident.supposing($0, at: now) } ?? incident
        let name = wish.template ?? supposed.automaticTemplate(for: wish.audience, at: now)
        guard let template = template(named: name) else { return nil }
        if let detail = supposed.refusal(ofTemplate: name, for: wish.audience) {
            throw Refusal.invalid(
                "#/template", detail,
                links: supposed.isOpen
                    ? []
                    : [
                        .init(
                            PublishUpdate.self, detail: "publishes the final update", body: ["text": "…"])
                    ])
        }
        try Draft.checkFill(wish.fill, for: template)
        let next = supposed.isOpen ? wish.promisedAt ?? now + supposed.cadence.interval : nil
        let material = Draft.Material(
            incident: supposed, audience: wish.audience, quotes: try quotes(of: supposed, for: wish.audience),
            fill: wish.fill, nextUpdateAt: next, now: now)
        return Draft(material, template: template) { [clock] in clock($0, now) }
    }

    private func quotes(of incident: Incident, for audience: Audience) throws -> [Quote] {
        let evidence = incident.quotable(for: audience)
        guard !evidence.isEmpty else { return [] }
        let found = try reader.entries(
            of: StreamID(Incident.self, incident.number), seqs: evidence.map(\.wordsOf))
        let entries = Dictionary(found.map { ($0.seq, $0) }, uniquingKeysWith: { first, _ in first })
        var quotes: [Quote] = []
        for item in evidence {
            guard let entry = entries[item.wordsOf], entry.words != nil else { continue }
            quotes.append(Quote(seq: item.seq, text: try entry.text()))
        }
        return quotes
    }
}

extension JSONWriter {
    /// Writes the members that a draft has everywhere into the open object.
    public mutating func members(of draft: Draft) {
        member("audience", draft.audience.rawValue)
        member("template", draft.template)
        member("text", draft.text)
        member("basis_seq", draft.basisSeq)
    }
}
