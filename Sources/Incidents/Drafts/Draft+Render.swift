import Model
import Time

extension Draft {
    /// Input of a draft.
    public struct Material: Sendable {
        public var incident: Incident
        public var audience: Audience
        /// Words of the entries in `quotable(for:)`; other quotes are ignored.
        public var quotes: [Quote]
        /// The time of the next update if this one is published now.
        public var nextUpdateAt: Timestamp?
        /// Time of the draft.
        public var now: Timestamp

        public init(
            incident: Incident, audience: Audience, quotes: [Quote], nextUpdateAt: Timestamp?, now: Timestamp
        ) {
            self.incident = incident
            self.audience = audience
            self.quotes = quotes
            self.nextUpdateAt = nextUpdateAt
            self.now = now
        }
    }

    /// Upper bound of a quoted entry in bytes; the rest is cut and marked.
    static let quoteBytesMax = 300

    /// Fills a template. `clock` formats a time for people, rounded down to the minute: `10:30 UTC`.
    public init(_ material: Material, template: Template, clock: (Timestamp) -> String) {
        var bytes: [UInt8] = []
        var missing: [String] = []
        var used: [Int] = []
        let quotes = material.allowedQuotes
        for part in template.parts {
            switch part {
            case .words(let words):
                bytes += words
            case .placeholder(let placeholder):
                if placeholder == .known { used = quotes.map(\.seq) }
                if let value = material.value(of: placeholder, quotes, clock), !saysNothing(value) {
                    bytes += Array(value.utf8)
                } else {
                    bytes += Array("[FILL: \(placeholder.prompt)]".utf8)
                    if !missing.contains(placeholder.rawValue) { missing.append(placeholder.rawValue) }
                }
            }
        }
        while bytes.last == 0x0A { bytes.removeLast() }
        bytes.append(0x0A)
        self.init(
            audience: material.audience, template: template.name,
            text: String(decoding: bytes, as: UTF8.self),
            basisSeq: material.incident.seq, usedSeqs: used, missing: missing)
    }
}

extension Draft.Material {
    /// The non-empty quotes that the audience may see, whoever chose them (invariant I10).
    fileprivate var allowedQuotes: [Quote] {
        let seqs = Set(incident.quotable(for: audience).map(\.seq))
        return quotes.filter { seqs.contains($0.seq) && !saysNothing($0.text) }
    }

    /// The recorded value; `nil` when there is none, or the audience may not see it.
    fileprivate func value(
        of placeholder: Placeholder, _ quotes: [Quote], _ clock: (Timestamp) -> String
    ) -> String? {
        guard audience == .internal || placeholder.isPublic else { return nil }
        return switch placeholder {
        case .ref: incident.ref
        case .title: incident.title
        case .status: incident.status.rawValue
        case .severity: incident.severity.rawValue
        case .impact: incident.impact
        case .workaround: incident.workaround
        case .restoredWhen: incident.restoredWhen
        case .minutes: String(incident.minutesOfImpact(at: now))
        case .commander: name(of: .commander)
        case .communicator: name(of: .communicator)
        case .technicalLead: name(of: .technicalLead)
        case .nextAction: incident.nextAction?.text
        case .nextActionOwner: incident.nextAction?.owner
        case .nextUpdate: nextUpdateAt.map(clock)
        case .known: quotes.map { "- " + firstLine(of: $0.text) }.joined(separator: "\n")
        case .usersMust, .whatNext, .decision, .recovery: nil
        }
    }

    private func name(of role: Role) -> String? {
        incident.holder(of: role)?.name
    }

    /// The first non-empty line of a quote, cut between scalars, with a mark when there is more.
    private func firstLine(of text: String) -> String {
        let text = text.unicodeScalars.drop { $0 == "\n" || $0 == "\r" }
        let line = text.prefix { $0 != "\n" && $0 != "\r" }
        var short = String.UnicodeScalarView()
        var bytes = 0
        for scalar in line {
            bytes += UTF8.width(scalar)
            if bytes > Draft.quoteBytesMax { return String(short) + "…" }
            short.append(scalar)
        }
        let isAll = text[line.endIndex...].allSatisfy { $0 == "\n" || $0 == "\r" }
        return String(short) + (isAll ? "" : " …")
    }
}
