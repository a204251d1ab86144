import Encoding
import Incidents
import Journal
import Model
import Time

/// One entry on one line, for people with nothing but curl (api.md, "Conventions").
///
/// No value forges a line or a cell: line ends, control and invisible characters are written out.
public struct EntryLine: Sendable {
    /// Times of this day have no date: the day of the declaration.
    private let day: String
    private let entry: StoredEntry
    private let text: String
    /// What later entries say of it.
    private let remarks: String

    public init(
        _ entry: StoredEntry, for viewer: Viewer, amendedBy amendments: [StoredEntry], declaredAt: Timestamp
    ) throws(UnreadableEntry) {
        day = declaredAt.day
        self.entry = entry
        text = try entry.shown(to: viewer).text()
        var remarks: [String] = []
        if let amended = entry.amends, entry.kind == Correction.kind { remarks.append("corrects \(amended)") }
        for amendment in amendments where amendment.kind == Correction.kind {
            let correction = try amendment.payload() as? Correction
            remarks.append("\(correction?.withdraws == true ? "withdrawn" : "corrected") by \(amendment.seq)")
        }
        self.remarks = remarks.isEmpty ? "" : " (\(remarks.joined(separator: ", ")))"
    }

    /// `10:06 alice change: restarted the WAL sender`, with a date unless it is the day of the declaration.
    public var plain: String {
        plain(text.onOneLine)
    }

    /// The same with its lines one after the other, and at most that many characters of its text.
    func joinedLines(charactersMax: Int) -> String {
        plain(text.joinedLines.shortened(to: charactersMax))
    }

    private func plain(_ text: String) -> String {
        "\(entry.occurredAt.minute(on: day)) \(entry.author.onOneLine) \(entry.kind.rawValue): \(text)\(remarks)"
    }

    /// The head of a Markdown table of entries.
    public static let markdownHead = """
        | seq | occurred (UTC) | author | kind | visibility | text |
        | --- | --- | --- | --- | --- | --- |

        """

    /// A row of that table.
    public var markdown: String {
        let cells = [
            "\(entry.seq)", entry.occurredAt.minute(on: nil), entry.author.inMarkdownCell,
            entry.kind.rawValue,
            entry.visibility.rawValue, text.inMarkdownCell + remarks,
        ]
        return "| \(cells.joined(separator: " | ")) |"
    }
}

extension String {
    /// The text in a cell of a Markdown table, as text alone: no markup, no HTML, no further cell.
    var inMarkdownCell: String {
        unicodeScalars.reduce(into: "") { cell, scalar in
            switch scalar {
            case "\\", "|", "`", "*", "_", "[", "]", "~", "!": cell += "\\\(scalar)"
            case "<": cell += "&lt;"
            case ">": cell += "&gt;"
            case "&": cell += "&amp;"
            default: cell.unicodeScalars.append(scalar)
            }
        }.onOneLine
    }
}
