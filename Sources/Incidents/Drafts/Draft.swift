import Model
import Time

/// Words of an entry that a draft quotes.
public struct Quote: Sendable, Equatable {
    public let seq: Int
    public let text: String

    public init(seq: Int, text: String) {
        self.seq = seq
        self.text = text
    }
}

/// A proposed status update: a template filled with recorded facts (domain.md, section 7).
///
/// A public one can be published as it stands, except for a value that remains visible as `[FILL: …]`. Nothing is invented.
public struct Draft: Sendable, Equatable {
    public let audience: Audience
    /// Name of the template.
    public let template: String
    /// Ends with one newline.
    public let text: String
    /// The incident's last seq when the draft was made.
    public let basisSeq: Int
    /// The seqs of the quoted entries.
    public let usedSeqs: [Int]
    /// Names of the placeholders that could not be filled.
    public let missing: [String]
    /// Names of the values without which lines were left out.
    public let optional: [String]

    /// Upper bound of quoted entries; the latest are quoted.
    public static let quotesMax = 10
    /// Upper bound of all quotes in bytes. An entry that does not fit is left out whole, so that a draft is not longer than an update
    /// may be.
    public static let quotesBytesMax = 8_000

    /// Whether a text contains an unfilled placeholder. Compares bytes, so that a following combining mark does not hide it.
    public static func holdsPlaceholder(_ text: String) -> Bool {
        let mark = Array("[FILL:".utf8)
        let bytes = Array(text.utf8)
        guard bytes.count >= mark.count else { return false }
        return (0...bytes.count - mark.count).contains { bytes[$0..<$0 + mark.count].elementsEqual(mark) }
    }

    /// The names of the values that a text shows as `[FILL: …]`.
    static func placeholders(in text: String) -> [String] {
        text.split(separator: "[FILL: ", omittingEmptySubsequences: false).dropFirst().compactMap { part in
            part.firstIndex(of: "]").map { String(part[..<$0]) }
        }
    }
}

/// Selection of the template.
extension Incident {
    /// The last update of an episode, to recognise the same one sent twice.
    public struct LastUpdate: Sendable, Equatable {
        public let seq: Int
        let audience: Audience
        let author: Person
        let occurredAt: Timestamp
        let recordedAt: Timestamp
        let promisedAt: Timestamp?

        func moved(by step: ClockStep) -> LastUpdate {
            LastUpdate(
                seq: seq, audience: audience, author: author, occurredAt: step.past(occurredAt),
                recordedAt: step.past(recordedAt), promisedAt: promisedAt.map(step.moved))
        }
    }

    /// The public updates of an episode.
    struct PublicUpdates: Sendable, Equatable {
        /// Whether any was published, also one about a time before the episode, which the others leave out.
        var wasTold = false
        var count = 0
        /// The latest by its time on the page.
        var lastAt: Timestamp?
        /// The seq of that one; 0 when there is none.
        var lastSeq = 0
    }

    /// The template that `auto` selects at a moment (domain.md, section 7).
    public func automaticTemplate(for audience: Audience, at now: Timestamp) -> String {
        if audience == .internal {
            let isDue = decision.map { $0.dueAt <= now } ?? false
            return isOpen && isDue && watch?.runs(at: now) != true ? "decide" : "internal"
        }
        switch status {
        case .cancelled: return "withdrawn"
        case .resolved: return "resolution"
        case .investigating, .mitigating, .monitoring: break
        }
        if publicUpdates.count == 0 { return "acknowledge" }
        return hasNewsForPublic ? "update" : Template.nothingNew
    }

    /// Why a template may not be chosen; `nil` when it may.
    public func refusal(ofTemplate name: String, for audience: Audience) -> String? {
        if audience == .public, Template.ofTeam.contains(name) {
            return "The template \(name) is for the team. Send audience internal, or choose another."
        }
        let ofEnd = ["resolution", "withdrawn", "internal"]
        guard isOpen || ofEnd.contains(name) else {
            return
                "The incident is \(status.rawValue). Choose resolution, withdrawn or internal, or reopen it first."
        }
        return nil
    }

    /// Whether something that the public may see was confirmed, changed, corrected or edited since the last public update.
    private var hasNewsForPublic: Bool {
        let last = publicUpdates.lastSeq
        return evidence.contains { $0.seq > last && $0.visibility == .public }
            || draftBreakers.contains { $0 > last } || !evidenceChanges(after: last, for: .public).isEmpty
    }

    /// The seqs of later entries that changed what a draft for an audience may quote.
    func evidenceChanges(after seq: Int, for audience: Audience) -> [Int] {
        evidenceChanges.filter { $0.seq > seq && (audience == .internal || $0.visibility == .public) }.map(
            \.seq)
    }

    /// The evidence that a draft may quote: public entries for the public, all for the team (invariant I10).
    public func quotable(for audience: Audience) -> [Evidence] {
        let allowed = evidence.filter { $0.isQuotable(for: audience) }
        return Array(allowed.suffix(Draft.quotesMax))
    }
}

extension Incident.Evidence {
    func isQuotable(for audience: Audience) -> Bool {
        audience == .internal || visibility == .public
    }
}
