import Model

// Shared by confirmations and corrections, which both amend an existing entry (domain.md, section 5).

/// The effective values of an entry after all its amendments.
public struct InForce: Sendable, Equatable {
    public var visibility: Visibility
    public var verdict: Confirmation.Verdict?
    /// The seq of the last confirmation.
    public var confirmedBy: Int?
    /// The seq of the entry with the current words: itself, or its last correction.
    public var wordsOf: Int
    /// The current words.
    public var text: String
    /// The seq of the correction that withdrew it.
    public var withdrawnBy: Int?
    private let seq: Int
    /// The seqs of the confirmations that set the verdict and made the entry public.
    private var verdictBy: Int?
    private var publishedBy: Int?

    public init(_ target: AmendedEntry<Incident>) {
        let entry = target.entry
        seq = entry.place.seq
        visibility = entry.place.visibility
        (wordsOf, text) = (entry.place.seq, entry.text)
        switch entry.payload {
        case let finding as Finding: verdict = finding.confirmed ? .confirmed : nil
        case let change as ChangeMade: verdict = .complete(change.complete)
        case let hypothesis as Hypothesis:
            verdict = Confirmation.EndState(rawValue: hypothesis.state.rawValue).map { .state($0) }
        default: break
        }
        for amendment in target.amendments {
            switch amendment.payload {
            case let confirmation as Confirmation:
                confirmedBy = amendment.place.seq
                if let said = confirmation.verdict { (verdict, verdictBy) = (said, amendment.place.seq) }
                if confirmation.publishes { (visibility, publishedBy) = (.public, amendment.place.seq) }
            case let correction as Correction:
                (wordsOf, text) = (amendment.place.seq, amendment.text)
                if correction.withdraws { withdrawnBy = withdrawnBy ?? amendment.place.seq }
            default: break
            }
        }
    }
}

extension InForce {
    /// The seq of the entry that states a verdict or the public visibility: a confirmation, or the entry itself.
    func seq(saying verdict: Confirmation.Verdict?) -> Int {
        (verdict == nil ? publishedBy : verdictBy) ?? seq
    }
}

extension Circumstances<Incident> {
    /// The entry that an action concerns; 404 when there is none.
    func requireTarget(_ seq: Int) throws(Refusal) -> AmendedEntry<Incident> {
        guard let target else { throw .noEntry(seq) }
        return target
    }
}

extension AmendedEntry<Incident> {
    /// A withdrawal is final: a late edit would silently bring the entry back.
    func requireNotWithdrawn(_ inForce: InForce) throws(Refusal) {
        guard let withdrawnBy = inForce.withdrawnBy else { return }
        throw .invalid(
            "#",
            "Entry \(entry.place.seq) was withdrawn by entry \(withdrawnBy). Post a new entry instead.")
    }

    /// Enforces the maximum of amendments. A withdrawal is always allowed.
    func requireRoom(withdrawing: Bool = false) throws(Refusal) {
        guard amendments.count >= Self.amendmentsMax, !withdrawing else { return }
        throw .invalid(
            "#",
            "Entry \(entry.place.seq) already has \(amendments.count) amendments. Withdraw it and post a new entry instead."
        )
    }
}

extension BodyReader {
    /// The seq named in the path.
    func seq() throws(Refusal) -> Int {
        try path("seq", sample: 1, otherwise: Place.howNamed, Place.seq(inPath:))
    }
}

extension Place {
    public static let howNamed = "It must be the seq of an entry: 1, 2, 3 …"

    /// Parses the seq of a path segment; `nil` when it is not one.
    public static func seq(inPath text: String) -> Int? {
        let digits = text.utf8
        guard (1...10).contains(digits.count), digits.first != 0x30,
            digits.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Int(text)
    }
}

extension Refusal {
    public static func noEntry(_ seq: Int, of stream: StreamID? = nil) -> Refusal {
        var refusal = Refusal(
            .notFound, "The timeline has no entry \(seq).",
            links: [.init("readTimeline", detail: "the entries of the timeline")])
        refusal.stream = stream
        return refusal
    }
}
