import Model
import Time

/// Other words for an earlier entry, beside the old ones (domain.md, section 5).
public struct Correction: EntryPayload, Equatable {
    public static let kind: EntryKind = "correction"
    public static let event = EventType.entryAdded
    public static let isCorrectable = false

    /// The entry that it corrects, by seq.
    public var of: Int
    /// Whether that entry no longer holds, so that no draft may quote it.
    public var withdraws: Bool

    public init(of: Int, withdraws: Bool) {
        self.of = of
        self.withdraws = withdraws
    }

    public var amends: Int? { of }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        if withdraws {
            incident.dismiss(of, at: place)
        } else {
            incident.rewordEvidence(of, at: place)
        }
        return false
    }
}

extension Correction {
    public init(from fields: FieldReader) throws(FieldError) {
        of = try fields.facts.read("of")
        withdraws = try fields.facts.read("withdraws")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("of", of)
        fields.facts.write("withdraws", withdraws)
    }
}

/// Corrects an entry, or withdraws it.
public struct Correct: RequestedAction {
    public static let name = "correctEntry"

    /// The entry, by seq.
    public var of: Int
    public var text: String
    public var withdraws: Bool
    public var about: Int? { of }

    public init(of: Int, text: String, withdraws: Bool = false) {
        self.of = of
        self.text = text
        self.withdraws = withdraws
    }

    public init(from body: BodyReader) throws(Refusal) {
        self.init(of: try body.seq(), text: body.text("text", .text), withdraws: body.bool("withdraws"))
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        let target = try given.requireTarget(of)
        guard target.entry.payload.map({ type(of: $0).isCorrectable }) ?? true else {
            throw .invalid(
                "#",
                "Entry \(of) is a \(target.entry.kind), which cannot be corrected. Post a new entry instead.")
        }
        let inForce = InForce(target)
        // The same again: an edited message that was sent twice.
        if inForce.text == text, !withdraws || inForce.withdrawnBy != nil {
            return Decision(saidBy: inForce.wordsOf)
        }
        try target.requireRoom()
        return Decision([
            NewEntry(
                Correction(of: of, withdraws: withdraws), text, at: given.now, visibility: inForce.visibility
            )
        ])
    }
}
