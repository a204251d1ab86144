import Model
import Time

extension Draft {
    /// Input of a draft.
    public struct Material: Sendable {
        public var incident: Incident
        public var audience: Audience
        /// Words of the entries in `quotable(for:)`; other quotes are ignored.
        public var quotes: [Quote]
        /// Texts of the author, which win over what is recorded.
        public var fill: [Placeholder: String]
        /// The time of the next update if this one is published now.
        public var nextUpdateAt: Timestamp?
        /// Time of the draft.
        public var now: Timestamp

        public init(
            incident: Incident, audience: Audience, quotes: [Quote], fill: [Placeholder: String],
            nextUpdateAt: Timestamp?, now: Timestamp
        ) {
            self.incident = incident
            self.audience = audience
            self.quotes = quotes
            self.fill = fill
            self.nextUpdateAt = nextUpdateAt
            self.now = now
        }
    }

    /// Fills a template. `clock` formats a time for people, rounded down to the minute: `10:30 UTC`.
    ///
    /// `resolution` and `withdrawn` are written as if the incident ended so, now if it is open.
    public init(_ material: Material, template: Template, clock: @escaping (Timestamp) -> String) {
        let values = Values(material.supposingEnd(by: template), of: template, clock)
        var bytes: [UInt8] = []
        var missing: [String] = []
        var optional: [String] = []
        var used: Set<Int> = []
        for line in template.lines {
            let absent = line.conditions.filter { values[$0] == nil }.map(\.rawValue)
            guard absent.isEmpty else {
                for name in absent where !optional.contains(name) { optional.append(name) }
                continue
            }
            for part in line.parts {
                switch part {
                case .words(let words): bytes += words
                case .placeholder(let placeholder):
                    used.formUnion(values.quotes(in: placeholder).map(\.seq))
                    if let value = values[placeholder] {
                        bytes += Array(value.utf8)
                    } else {
                        bytes += Array("[FILL: \(placeholder.prompt)]".utf8)
                        if !missing.contains(placeholder.rawValue) { missing.append(placeholder.rawValue) }
                    }
                }
            }
        }
        while bytes.last == 0x0A { bytes.removeLast() }
        bytes.append(0x0A)
        self.init(
            audience: material.audience, template: template.name,
            text: String(decoding: bytes, as: UTF8.self),
            basisSeq: material.incident.seq, usedSeqs: used.sorted(), missing: missing, optional: optional)
    }

    /// Checks the names of the author's texts.
    public static func checkFill(
        _ fill: [Placeholder: String], for template: Template
    ) throws(Refusal) {
        let unused = fill.keys.filter { !template.holds($0) }.map(\.rawValue).sorted()
        guard !unused.isEmpty else { return }
        let names = Placeholder.texts.filter(template.holds).map(\.rawValue).joined(separator: ", ")
        throw .invalid(
            unused.map {
                .init(
                    "#/fill/\($0)", "The template \(template.name) does not use it; its texts are \(names).")
            })
    }
}

extension Draft.Material {
    fileprivate func supposingEnd(by template: Template) -> Draft.Material {
        var supposed = self
        switch template.name {
        case "resolution":
            supposed.incident = incident.supposing(.resolved, at: incident.times.cancelledAt ?? now)
        case "withdrawn": supposed.incident = incident.supposing(.cancelled, at: now)
        default: return self
        }
        supposed.nextUpdateAt = nil
        return supposed
    }
}

/// The values of the placeholders in one draft.
private struct Values {
    private let material: Draft.Material
    private let template: Template
    private let clock: (Timestamp) -> String
    private let findings: [Quote]
    private let changes: [Quote]

    init(_ material: Draft.Material, of template: Template, _ clock: @escaping (Timestamp) -> String) {
        self.material = material
        self.template = template
        self.clock = clock
        let evidence = Dictionary(
            material.incident.quotable(for: material.audience).map { ($0.seq, $0.kind) },
            uniquingKeysWith: { first, _ in first })
        // However the quotes were chosen, only the evidence that the audience may see is quoted (invariant I10), the latest first to fit.
        var bytes = 0
        var fitting: [Quote] = []
        for quote in material.quotes.reversed() where evidence[quote.seq] != nil && !saysNothing(quote.text) {
            guard bytes + quote.text.utf8.count <= Draft.quotesBytesMax else { continue }
            bytes += quote.text.utf8.count
            fitting.insert(quote, at: 0)
        }
        findings = fitting.filter { evidence[$0.seq] == Finding.kind }
        changes = fitting.filter { evidence[$0.seq] == ChangeMade.kind }
    }

    /// The value as it is printed; `nil` when there is none, or the audience may not see it.
    subscript(placeholder: Placeholder) -> String? {
        guard material.audience == .internal || placeholder.isPublic else { return nil }
        if let filled = material.fill[placeholder], !saysNothing(filled) {
            return placeholder == .known || placeholder == .changes ? itemised(filled) : quoted(filled)
        }
        let value = recorded(placeholder)
        return saysNothing(value) ? nil : value
    }

    /// The entries that a placeholder quotes.
    func quotes(in placeholder: Placeholder) -> [Quote] {
        guard material.fill[placeholder] == nil else { return [] }
        return switch placeholder {
        case .known: findings
        case .changes: changes
        default: []
        }
    }

    private func recorded(_ placeholder: Placeholder) -> String? {
        let incident = material.incident
        return switch placeholder {
        case .ref: incident.ref
        case .title: quoted(incident.title)
        case .publicTitle: incident.publicTitle.map(quoted)
        case .status: template.isOfTeam ? incident.status.rawValue : wordsOfStatus
        case .severity: incident.severity.rawValue
        case .impact: incident.impact.map(quoted)
        case .workaround: incident.workaround.map(quoted)
        case .restoredWhen: incident.restoredWhen.map(quoted)
        case .minutes: minutes.map(String.init)
        case .duration: minutes.map(wordsOfDuration)
        case .watchUntil:
            incident.watch.flatMap { $0.runs(at: material.now) ? clock($0.until) : nil }
        case .fixedAt: incident.times.restoredAt.map(clock)
        case .recovery: incident.resolvedFrom == .monitoring ? incident.restoredWhen.map(quoted) : nil
        case .falseAlarm: incident.status == .cancelled && incident.duplicateOf == nil ? "false alarm" : nil
        case .duplicateOf: incident.duplicateOf.map(Incident.ref)
        case .commander: name(of: .commander)
        case .communicator: name(of: .communicator)
        case .technicalLead: fixing
        case .nextAction: (incident.nextAction?.text).map(quoted)
        case .nextActionOwner: (incident.nextAction?.owner).map(quoted)
        case .nextUpdate: material.nextUpdateAt.map(clock)
        case .known: list(findings)
        case .changes: list(changes)
        case .usersMust, .whatNext, .decision: nil
        case .scope: incident.scope.map(quoted)
        case .usersAffected: incident.usersAffected.map(String.init)
        }
    }

    /// Upper bound of the people named as fixing.
    private static let fixingMax = 10

    /// The technical lead, and the owners of the todos.
    private var fixing: String? {
        var people = [material.incident.holder(of: .technicalLead)].compactMap(\.self)
        for owner in material.incident.todos.compactMap(\.owner) where !people.contains(owner) {
            people.append(owner)
        }
        let names = people.prefix(Self.fixingMax).map { quoted($0.name) }
        return names.isEmpty ? nil : names.joined(separator: ", ")
    }

    /// The status in words for people (domain.md, section 7).
    private var wordsOfStatus: String {
        switch material.incident.status {
        case .investigating: "Investigating"
        case .mitigating where isCauseFound: "We have found the cause and are working on a fix"
        case .mitigating: "We are working on a fix"
        case .monitoring: "A fix is in place; we are watching it"
        case .resolved: "Resolved"
        case .cancelled: "Withdrawn"
        }
    }

    private var isCauseFound: Bool {
        material.incident.evidence.contains { $0.kind == Finding.kind && $0.visibility == .public }
    }

    /// Minutes of impact. To the public they are a fact only at the end, and only when it is known when it began.
    private var minutes: Int? {
        let times = material.incident.times
        let isKnown = times.startedAt != nil || times.detectedAt != nil
        guard material.audience == .internal || template.name == "resolution" && isKnown else { return nil }
        return material.incident.minutesOfImpact(at: material.now)
    }

    private func wordsOfDuration(_ minutes: Int) -> String {
        let words =
            switch minutes {
            case 0: "less than a minute"
            case 1: "1 minute"
            default: "\(minutes) minutes"
            }
        return material.incident.episode > 1 ? words + " in all" : words
    }

    private func name(of role: Role) -> String? {
        (material.incident.holder(of: role)?.name).map(quoted)
    }

    private func list(_ quotes: [Quote]) -> String {
        quotes.map { "- " + quoted($0.text) }.joined(separator: "\n")
    }

    /// Each line of a text as an item.
    private func itemised(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).map(String.init).filter { !saysNothing($0) }
            .map { "- " + quoted($0.hasPrefix("- ") ? String($0.dropFirst(2)) : $0) }
            .joined(separator: "\n")
    }

    /// A text of a client as it stands in a draft: later lines are indented, and nothing is hidden, so that no value forges a line or
    /// changes how the rest looks.
    private func quoted(_ text: String) -> String {
        var lines: [String] = [""]
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A...0x0D, 0x85, 0x2028, 0x2029: lines.append("")
            case 0x09: lines[lines.count - 1] += " "
            default:
                lines[lines.count - 1] += scalar.isDisguised ? "\\u{\(scalar.hexadecimal)}" : String(scalar)
            }
        }
        return lines.filter { !saysNothing($0) }.joined(separator: "\n  ")
            .replacing("[FILL:", with: "(FILL:")
    }
}

extension Unicode.Scalar {
    /// Whether it is a control character, changes the direction of text, or has no width. The joiners inside words and emoji are kept.
    fileprivate var isDisguised: Bool {
        switch value {
        case 0x061C, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2060, 0x2066...0x2069, 0xFEFF: true
        default: properties.generalCategory == .control
        }
    }

    fileprivate var hexadecimal: String { String(value, radix: 16, uppercase: true) }
}
