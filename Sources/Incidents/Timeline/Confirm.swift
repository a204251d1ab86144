import Model
import Time

/// The outcome of an earlier entry (domain.md, section 5).
public struct Confirmation: EntryPayload, Equatable {
    public static let kind: EntryKind = "confirmation"
    public static let event = EventType.entryAdded

    public static func isProgress(on incident: Incident, by author: Person) -> Bool { true }
    public static let isCorrectable = false

    /// Final state of a hypothesis or a todo.
    public enum EndState: String, CaseIterable, Sendable {
        case confirmed
        case ruledOut = "ruled_out"
        case done, dropped
    }

    /// The outcome, by the kind of the entry.
    public enum Verdict: Sendable, Equatable {
        /// Of a finding.
        case confirmed
        /// Of a hypothesis or a todo.
        case state(EndState)
        /// Of a change.
        case complete(Bool)
    }

    /// The seq of the confirmed entry.
    public var of: Int
    /// The kind of that entry.
    public var ofKind: EntryKind
    /// The seq of the entry with its current words: itself, or its last correction.
    public var wordsOf: Int
    /// `nil` when the entry only becomes public.
    public var verdict: Verdict?
    /// Whether the entry becomes public.
    public var publishes: Bool

    public init(of: Int, _ ofKind: EntryKind, wordsOf: Int, _ verdict: Verdict?, publishes: Bool) {
        self.of = of
        self.ofKind = ofKind
        self.wordsOf = wordsOf
        self.verdict = verdict
        self.publishes = publishes
    }

    public var amends: Int? { of }

    /// The confirmation's own visibility is the one in force for the confirmed entry.
    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        var isVisible = false
        switch verdict {
        case .confirmed, .complete(true):
            incident.admit(
                Incident.Evidence(seq: of, kind: ofKind, visibility: place.visibility, wordsOf: wordsOf),
                at: place)
        case .complete(false): incident.dismiss(of, at: place)
        case .state(let state): isVisible = incident.settleListed(of, state)
        case nil: break
        }
        if publishes { incident.publishEvidence(of, at: place) }
        return isVisible
    }
}

extension Confirmation {
    public init(from fields: FieldReader) throws(FieldError) {
        let facts = fields.facts
        of = try facts.read("of")
        ofKind = EntryKind(rawValue: try facts.read("of_kind"))
        wordsOf = try facts.read("words_of")
        publishes = facts.has("visibility")
        if publishes, try facts.read("visibility", sample: "public") != "public" { throw .odd("visibility") }
        if facts.has("confirmed") {
            let confirmed: Bool = try facts.read("confirmed")
            guard confirmed else { throw .odd("confirmed") }
            verdict = .confirmed
        } else if facts.has("complete") {
            verdict = .complete(try facts.read("complete"))
        } else if facts.has("state") {
            verdict = .state(try facts.read("state"))
        }
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("of", of)
        fields.facts.write("of_kind", ofKind.rawValue)
        fields.facts.write("words_of", wordsOf)
        fields.facts.write("visibility", publishes ? Visibility.public : nil)
        switch verdict {
        case .confirmed: fields.facts.write("confirmed", true)
        case .complete(let complete): fields.facts.write("complete", complete)
        case .state(let state): fields.facts.write("state", state)
        case nil: break
        }
    }
}

/// Records the outcome of an entry, makes it public, or both.
public struct Confirm: RequestedAction {
    public static let name = "confirmEntry"

    /// The seq of the entry.
    public var of: Int
    public var verdict: Confirmation.Verdict?
    public var publishes: Bool
    public var about: Int? { of }

    public init(of: Int, _ verdict: Confirmation.Verdict?, publishes: Bool = false) {
        self.of = of
        self.verdict = verdict
        self.publishes = publishes
    }

    public init(from body: BodyReader) throws(Refusal) {
        of = try body.seq()
        let confirmed = body.optionalBool("confirmed", "For a finding; only true is accepted.")
        let state = body.optional(
            "state", .word(Confirmation.EndState.allCases.map(\.rawValue)),
            "For a hypothesis `confirmed` or `ruled_out`, for a todo `done` or `dropped`.",
            otherwise: "It must be confirmed or ruled_out for a hypothesis, done or dropped for a todo.",
            Confirmation.EndState.init(rawValue:))
        let complete = body.optionalBool("complete", "Of a change.")
        publishes =
            body.optional(
                "visibility", .word([Visibility.public.rawValue]),
                "Makes the entry public; this cannot be undone.",
                otherwise: "It must be public. A public entry cannot become internal again."
            ) { $0 == Visibility.public.rawValue ? true : nil } ?? false
        if confirmed == false {
            body.refuse(
                "confirmed",
                "It must be true. To retract a finding, correct it: {\"text\", \"withdraws\": true}."
            )
        }
        let verdicts = [
            confirmed.map { _ in Confirmation.Verdict.confirmed }, state.map { .state($0) },
            complete.map { .complete($0) },
        ].compactMap(\.self)
        verdict = verdicts.first
        body.requireOne(
            of: ["confirmed", "state", "complete", "visibility"],
            otherwise:
                "Send confirmed, state, complete, or visibility public."
        )
        if verdicts.count > 1 { body.refuse("Send only one of confirmed, state and complete.") }
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        let target = try given.requireTarget(of)
        let inForce = InForce(target)
        try requireFitting(target.entry)
        try target.requireNotWithdrawn(inForce)
        let isNews = verdict != nil && verdict != inForce.verdict
        let becomesPublic = publishes && inForce.visibility != .public
        guard isNews || becomesPublic else { return Decision(saidBy: inForce.seq(saying: verdict)) }
        try target.requireRoom()
        let confirmation = Confirmation(
            of: of, target.entry.kind, wordsOf: inForce.wordsOf, isNews ? verdict : nil,
            publishes: becomesPublic)
        return Decision([
            NewEntry(
                confirmation, text(given.author, becomesPublic: becomesPublic, isNews: isNews), at: given.now,
                visibility: becomesPublic ? .public : inForce.visibility)
        ])
    }

    /// Refuses a verdict that does not fit the entry's kind.
    private func requireFitting(_ entry: AmendedEntry<Incident>.Entry) throws(Refusal) {
        let fits =
            switch (verdict, entry.payload) {
            case (nil, is any PostedPayload): true
            case (.confirmed, is Finding): true
            case (.state(.confirmed), is Hypothesis), (.state(.ruledOut), is Hypothesis): true
            case (.state(.done), is Todo), (.state(.dropped), is Todo): true
            case (.complete, is ChangeMade): true
            default: false
            }
        guard !fits else { return }
        throw .invalid(
            verdict?.pointer ?? "#", "Entry \(of) is of the kind \(entry.kind). \(Confirm.advice(entry.kind))"
        )
    }

    private static func advice(_ kind: EntryKind) -> String {
        switch kind {
        case Finding.kind: "It takes {\"confirmed\": true}."
        case Hypothesis.kind: "It takes {\"state\": \"confirmed\"} or {\"state\": \"ruled_out\"}."
        case ChangeMade.kind: "It takes {\"complete\": true} or {\"complete\": false}."
        case Todo.kind: "It takes {\"state\": \"done\"} or {\"state\": \"dropped\"}."
        case Note.kind, DecisionMade.kind: "It takes {\"visibility\": \"public\"} alone."
        default: "This kind cannot be confirmed. Post a note instead."
        }
    }

    private func text(_ author: Author, becomesPublic: Bool, isNews: Bool) -> String {
        let said =
            switch isNews ? verdict : nil {
            case .confirmed, .state(.confirmed): "confirmed entry \(of)"
            case .state(.ruledOut): "ruled out entry \(of)"
            case .state(.done): "marked entry \(of) as done"
            case .state(.dropped): "dropped entry \(of)"
            case .complete(true): "marked entry \(of) as complete"
            case .complete(false): "marked entry \(of) as not complete"
            case nil: "made entry \(of) public"
            }
        return "\(author.person.name) \(said)" + (isNews && becomesPublic ? " and made it public" : "")
    }
}

extension Confirmation.Verdict {
    /// JSON pointer of the member with the verdict.
    fileprivate var pointer: String {
        switch self {
        case .confirmed: "#/confirmed"
        case .state: "#/state"
        case .complete: "#/complete"
        }
    }
}
