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
/// Unknown values remain visible as `[FILL: …]` and are never invented.
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

    /// Upper bound of quoted entries; the latest are quoted.
    public static let quotesMax = 10

    /// Whether a text contains an unfilled placeholder. Compares bytes, so that a following combining mark does not hide it.
    public static func holdsPlaceholder(_ text: String) -> Bool {
        let mark = Array("[FILL:".utf8)
        let bytes = Array(text.utf8)
        guard bytes.count >= mark.count else { return false }
        return (0...bytes.count - mark.count).contains { bytes[$0..<$0 + mark.count].elementsEqual(mark) }
    }
}

/// Selection of the template.
extension Incident {
    /// The template that `auto` selects at a moment (domain.md, section 7).
    public func automaticTemplate(for audience: Audience, at now: Timestamp) -> String {
        if audience == .internal { return "internal" }
        if !isOpen { return "resolution" }
        if let decision, decision.dueAt <= now { return "decide" }
        if cadence.updatesInEpisode == 0 { return "acknowledge" }
        return hasNews(for: audience) ? "update" : "nothing_new"
    }

    /// Whether something this audience may see was confirmed or changed since the last update.
    private func hasNews(for audience: Audience) -> Bool {
        let last = cadence.lastUpdateSeq
        let hidden = Set(evidence.filter { !$0.isQuotable(for: audience) }.map(\.seq))
        return evidence.contains { $0.seq > last && !hidden.contains($0.seq) }
            || draftBreakers.contains { $0 > last && !hidden.contains($0) }
            || !evidenceChanges(after: last, for: audience).isEmpty
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
    fileprivate func isQuotable(for audience: Audience) -> Bool {
        audience == .internal || visibility == .public
    }
}
