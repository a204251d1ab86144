import Model
import Time

extension Draft {
    /// What a draft is made from.
    public struct Material: Sendable {
        /// The incident as it stands.
        public var incident: Incident
        /// To whom the draft speaks.
        public var audience: Audience
        /// The words of what `quotable(for:)` names; of others no draft tells.
        public var quotes: [Quote]
        /// When the next update will be, if this one goes out now.
        public var nextUpdateAt: Timestamp?
        /// The moment of making it.
        public var now: Timestamp

        /// Material for a draft of an incident.
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

    /// How long one quoted entry may be in a draft, in bytes; the rest is cut and marked.
    static let quoteBytesMax = 300

    /// Fills a template. `clock` prints a time for people, rounded down to the minute: `10:30 UTC`.
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
    /// The quotes that say something and that the audience may see, whoever chose them (invariant I10).
    fileprivate var allowedQuotes: [Quote] {
        let seqs = Set(incident.quotable(for: audience).map(\.seq))
        return quotes.filter { seqs.contains($0.seq) && !saysNothing($0.text) }
    }

    /// What is recorded and true; `nil` when nobody has said it, or the audience may not know it.
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

    /// A quote's first line that is not empty, cut between scalars, with a mark when there is more.
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
