import Model
import Time

@testable import Incidents

/// An operator's templates with people's words: the placeholders of the template are filled, those in people's words are not.
enum DraftTexts {
    private static let now = Timestamp(milliseconds: 1_768_471_380_000)

    @Sendable static func check(_ input: Bytes) {
        let parts = input.split(separator: 0x00, maxSplits: 3, omittingEmptySubsequences: false).map {
            text($0)
        }
        let template: Template
        do throws(Template.Fault) {
            template = try Template(name: "x", text: parts.first ?? "")
        } catch {
            let lines = (parts.first ?? "").utf8.count { $0 == 0x0A } + 1
            return demand((1...lines).contains(error.line), "line \(error.line) of \(lines)")
        }
        guard let incident = incident(parts) else { return demand(false, "it was not declared") }
        for audience in [Audience.public, .internal] {
            let material = Draft.Material(
                incident: incident, audience: audience, quotes: [Quote(seq: 2, text: parts.last ?? "")],
                fill: [:], nextUpdateAt: nil, now: now)
            check(Draft(material, template: template) { $0.rfc3339 }, of: template)
        }
    }

    private static func check(_ draft: Draft, of template: Template) {
        demand(draft.text.utf8.last == 0x0A, "no end of line at the end")
        demand(draft.missing.isEmpty || Draft.holdsPlaceholder(draft.text), "what is missing is not marked")
        let placeholders = template.lines.flatMap(\.parts).filter {
            if case .placeholder = $0 { true } else { false }
        }
        demand(draft.missing.count <= placeholders.count, "more is missing than was asked for")
        let isPlain = template.lines.allSatisfy(\.conditions.isEmpty)
        guard placeholders.isEmpty, isPlain else { return }
        var words = Array(template.text.utf8)
        while words.last == 0x0A { words.removeLast() }
        demand(draft.text.utf8.elementsEqual(words + [0x0A]), "words alone came out as others")
    }

    private static func incident(_ parts: [String]) -> Incident? {
        var details = Declared.Details(title: parts.last ?? "")
        details.impact = parts.dropFirst().first
        details.nextAction = Incident.NextAction(text: parts.last ?? "", owner: parts.dropFirst().first)
        let author = Author(person: Person("x"), postedBy: "x")
        let given = Circumstances<Incident>(author: author, now: now, policy: .standard)
        guard let decision = try? Declare(.major, details).decide(opening: 1, given),
            let declared = decision.entries.first?.payload as? Declared
        else { return nil }
        func place(_ seq: Int, _ visibility: Visibility) -> Place {
            Place(
                seq: seq, id: "", author: author.person, occurredAt: now, recordedAt: now,
                visibility: visibility)
        }
        var incident = Incident(opening: declared, id: Incident.ID("x"), at: place(1, .internal))
        incident.apply(Finding(confirmed: true), of: Finding.self, at: place(2, .public))
        return incident
    }
}
