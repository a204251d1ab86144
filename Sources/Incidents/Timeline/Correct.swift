import Model
import Time

/// New words for an earlier entry; the old ones stay in the journal (domain.md, section 5).
public struct Correction: EntryPayload, Equatable {
    public static let kind: EntryKind = "correction"
    public static let event = EventType.entryAdded
    public static let isCorrectable = false

    /// The seq of the corrected entry.
    public var of: Int
    /// Whether the entry is withdrawn, so that drafts may no longer quote it.
    public var withdraws: Bool

    public init(of: Int, withdraws: Bool) {
        self.of = of
        self.withdraws = withdraws
    }

    public var amends: Int? { of }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        guard withdraws else {
            incident.rewordEvidence(of, at: place)
            return false
        }
        incident.dismiss(of, at: place)
        incident.checks.withdraw(of)
        return incident.unlist(of)
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

/// Members of a replacing message besides its text; `nil` when absent.
public struct Replacement: Sendable, Equatable {
    public var kind: EntryKind?
    public var visibility: Visibility?

    public init(kind: EntryKind? = nil, visibility: Visibility? = nil) {
        self.kind = kind
        self.visibility = visibility
    }
}

/// Corrects or withdraws an entry.
public struct Correct: RequestedAction {
    public static let name = "correctEntry"

    /// The seq of the entry.
    public var of: Int
    public var text: String
    public var withdraws: Bool
    /// The replacing message; `nil` for a correction without one.
    public var message: Replacement?
    public var about: Int? { of }

    public init(
        of: Int, text: String, withdraws: Bool = false,
        message: Replacement? = nil
    ) {
        self.of = of
        self.text = text
        self.withdraws = withdraws
        self.message = message
    }

    public init(from body: BodyReader) throws(Refusal) {
        self.init(
            of: try body.seq(), text: body.text("text", .text),
            withdraws: body.bool(
                "withdraws", default: false,
                "Removes the entry from drafts for good; `text` gives the reason."))
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
        // Deduplication: an edited message that was sent twice.
        let warnings = ignoresMore(of: target.entry, inForce) ? [Warning.onlyTextReplaced] : []
        if inForce.text == text, !withdraws || inForce.withdrawnBy != nil {
            return Decision(warnings: warnings, saidBy: inForce.wordsOf)
        }
        if message?.visibility == .internal, inForce.visibility == .public {
            throw .invalid(
                "#/visibility",
                "Entry \(of) is public, so its correction is public. Omit visibility to correct it."
            )
        }
        try target.requireNotWithdrawn(inForce)
        try target.requireRoom(withdrawing: withdraws)
        return Decision(
            [
                NewEntry(
                    Correction(of: of, withdraws: withdraws), text, at: given.now,
                    visibility: inForce.visibility
                )
            ], warnings: warnings)
    }

    /// Whether the message has a kind or visibility that the entry does not get.
    private func ignoresMore(of entry: AmendedEntry<Incident>.Entry, _ inForce: InForce) -> Bool {
        guard let message else { return false }
        return message.kind ?? entry.kind != entry.kind
            || message.visibility == .public && inForce.visibility != .public
    }
}

extension Warning {
    public static let onlyTextReplaced = Warning(
        "only_text_replaced",
        "The entry has the new text; its kind, visibility and data stay as they were first posted. A confirmation makes it public."
    )
}
