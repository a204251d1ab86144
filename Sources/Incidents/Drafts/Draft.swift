import Model
import Time

/// The words of an entry that a draft quotes.
public struct Quote: Sendable, Equatable {
    /// The entry's seq.
    public let seq: Int
    /// Its text.
    public let text: String

    /// An entry's text.
    public init(seq: Int, text: String) {
        self.seq = seq
        self.text = text
    }
}

/// A status update as the service would write it: a template filled with what is recorded and true
/// (domain.md, section 7).
///
/// What is unknown stays visible as `[FILL: …]` and is never invented.
public struct Draft: Sendable, Equatable {
    /// To whom it speaks.
    public let audience: Audience
    /// The template's name.
    public let template: String
    /// The words, one newline at the end.
    public let text: String
    /// The incident's last seq when it was made.
    public let basisSeq: Int
    /// The seqs of the entries it quotes.
    public let usedSeqs: [Int]
    /// The placeholders that could not be filled.
    public let missing: [String]

    /// How many entries a draft quotes at most; the latest ones.
    public static let quotesMax = 10

    /// Whether a text still holds a placeholder; by bytes, so that a combining mark after it hides nothing.
    public static func holdsPlaceholder(_ text: String) -> Bool {
        let mark = Array("[FILL:".utf8)
        let bytes = Array(text.utf8)
        guard bytes.count >= mark.count else { return false }
        return (0...bytes.count - mark.count).contains { bytes[$0..<$0 + mark.count].elementsEqual(mark) }
    }
}

/// Which template the cadence asks for.
extension Incident {
    /// The name that `auto` stands for at a moment (domain.md, section 7).
    public func automaticTemplate(for audience: Audience, at now: Timestamp) -> String {
        if audience == .internal { return "internal" }
        if !isOpen { return "resolution" }
        if let decision, decision.dueAt <= now { return "decide" }
        if cadence.updatesInEpisode == 0 { return "acknowledge" }
        return hasNews(for: audience) ? "update" : "nothing_new"
    }

    /// Whether something that this audience may know was confirmed or changed since the last update.
    private func hasNews(for audience: Audience) -> Bool {
        let last = cadence.lastUpdateSeq
        let hidden = Set(evidence.filter { !$0.isQuotable(for: audience) }.map(\.seq))
        return evidence.contains { $0.seq > last && !hidden.contains($0.seq) }
            || draftBreakers.contains { $0 > last && !hidden.contains($0) }
            || !evidenceChanges(after: last, for: audience).isEmpty
    }

    /// The seqs after one that changed what a draft for an audience may quote.
    func evidenceChanges(after seq: Int, for audience: Audience) -> [Int] {
        evidenceChanges.filter { $0.seq > seq && (audience == .internal || $0.visibility == .public) }.map(
            \.seq)
    }

    /// The evidence that a draft may quote: public entries alone for the public, all for the team (invariant I10).
    public func quotable(for audience: Audience) -> [Evidence] {
        let allowed = evidence.filter { $0.isQuotable(for: audience) }
        return Array(allowed.suffix(Draft.quotesMax))
    }
}

extension Incident.Evidence {
    fileprivate func isQuotable(for audience: Audience) -> Bool {
        audience == .internal || visibility == .public
    }
}
