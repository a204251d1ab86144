import Model
import Time

/// Another incident was cancelled as a duplicate of this one (domain.md, section 3): appended to the original.
public struct Linked: EntryPayload, Equatable {
    public static let kind: EntryKind = "linked"
    public static let event = EventType(
        "incident.linked", .status, "Another incident was cancelled as a duplicate of this one")

    /// The relation of the other incident to this one.
    public enum Relation: String, CaseIterable, Sendable {
        case duplicate
    }

    /// The number of the other incident.
    public var incident: Int
    public var relation: Relation

    public init(_ incident: Int, _ relation: Relation) {
        self.incident = incident
        self.relation = relation
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool { false }
}

extension Linked {
    public init(from fields: FieldReader) throws(FieldError) {
        incident = try fields.facts.incident("ref")
        relation = try fields.facts.read("relation")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("ref", Incident.ref(incident))
        fields.facts.write("relation", relation)
    }
}

extension ChangeStatus {
    /// Upper bound of the incidents read in a chain of duplicates. Each may have to be folded under the store's lock.
    private static let chainMax = 16

    /// The original, and while that is a cancelled duplicate itself, its original.
    public func alsoReads(on incident: Incident, given known: [Int: Incident]) -> [Int] {
        guard incident.isOpen, isDuplicate, let duplicateOf else { return [] }
        let end = ChangeStatus.chain(from: duplicateOf, known).last
        return end.map { $0 == incident.number || known[$0] != nil ? [] : [$0] } ?? []
    }

    /// The numbers from an incident to the end of its chain of duplicates: the known ones, and the next one.
    private static func chain(from first: Int, _ known: [Int: Incident]) -> [Int] {
        var numbers = [first]
        while numbers.count < chainMax, let last = numbers.last.flatMap({ known[$0] }),
            last.status == .cancelled,
            let next = last.duplicateOf, !numbers.contains(next)
        {
            numbers.append(next)
        }
        return numbers
    }

    /// Refuses a cancelled original: two people may cancel two incidents as duplicates of each other in good faith, and commit order
    /// decides.
    func requireOriginal(
        _ number: Int, of incident: Incident, among others: [Int: Incident]
    ) throws(Refusal) {
        guard let original = others[number] else {
            throw .invalid(
                "#/duplicate_of",
                "The original incident does not exist.",
                links: [.init("listIncidents", query: "?state=all", detail: "all incidents")])
        }
        guard original.status == .cancelled else { return }
        let chain = ChangeStatus.chain(from: number, others)
        let end = chain.last.flatMap { others[$0] } ?? original
        if chain.contains(incident.number) || end.duplicateOf == incident.number {
            throw ChangeStatus.isCancelled(
                original, "It was cancelled as a duplicate of this incident. Leave this incident open.",
                .init("readIncident", detail: "the incident that continues"))
        }
        if end.status != .cancelled {
            throw ChangeStatus.isCancelled(
                original, "Its original continues as \(end.ref). Name \(end.ref) instead.",
                ChangeStatus.cancelling(as: end.ref))
        }
        if let next = end.duplicateOf, !chain.contains(next) {
            throw ChangeStatus.isCancelled(
                original,
                "Its chain of duplicates continues at \(Incident.ref(next)). Name \(Incident.ref(next)) instead.",
                ChangeStatus.cancelling(as: Incident.ref(next)))
        }
        throw ChangeStatus.isCancelled(
            original, "Name an incident that continues, or cancel this one as a false alarm.",
            .init(
                ChangeStatus.self, detail: "cancels this incident as a false alarm",
                body: ["status": "cancelled", "reason": "false_alarm"]))
    }

    /// A link that cancels an incident as a duplicate of `ref`.
    static func cancelling(as ref: String) -> Refusal.Link {
        .init(
            ChangeStatus.self, detail: "cancels this incident as a duplicate",
            body: ["status": "cancelled", "reason": "duplicate", "duplicate_of": .text(ref)])
    }

    private static func isCancelled(_ original: Incident, _ advice: String, _ link: Refusal.Link) -> Refusal {
        Refusal(
            .notAllowedFromStatus,
            "\(original.ref) is cancelled and cannot be the original of a duplicate. \(advice)",
            current: .text(original.status.rawValue), links: [link])
    }
}
