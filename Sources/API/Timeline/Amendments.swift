import Journal
import Model

/// Amendments of the entries of a page: confirmations and corrections.
struct Amendments {
    /// The page takes no more entries after this many amendments.
    private static let countMax = 250

    /// How many entries, from the first on, have all their amendments here; `Int.max` for all.
    let covered: Int
    private let bySeq: [Int: [StoredEntry]]

    /// The amendments of all entries of a page.
    init(_ amendments: [StoredEntry]) {
        self.init(Dictionary(grouping: amendments) { $0.amends ?? 0 }, covered: .max)
    }

    private init(_ bySeq: [Int: [StoredEntry]], covered: Int) {
        self.bySeq = bySeq
        self.covered = covered
    }

    /// Reads the amendments of entries of one stream, in any order. Blocks on the store.
    init(of entries: some Collection<StoredEntry>, in stream: StreamID, from reader: any JournalReader) throws
    {
        guard let least = entries.map(\.seq).min(), let greatest = entries.map(\.seq).max() else {
            self.init([])
            return
        }
        let all = try reader.amendments(of: stream, to: least...greatest, limit: Amendments.countMax)
        guard all.count == Amendments.countMax else {
            self.init(all)
            return
        }
        // Too many for one query: queried entry by entry, each with at most fifty (`AmendedEntry.amendmentsMax`).
        var (bySeq, read, covered) = ([Int: [StoredEntry]](), 0, 0)
        for entry in entries where read < Amendments.countMax {
            let found = try reader.amendments(
                of: stream, to: entry.seq...entry.seq, limit: Amendments.countMax)
            bySeq[entry.seq] = found
            read += found.count
            covered += 1
        }
        self.init(bySeq, covered: covered)
    }

    func of(_ seq: Int) -> [StoredEntry] { bySeq[seq] ?? [] }
}
