import Encoding
import Engine
import Incidents
import Journal
import Model
import Time

/// A chat log to import, as requested.
struct ChatImport: Sendable {
    /// The `source.system` of its entries.
    static let system = "import"
    /// A megabyte of text has at most as many characters.
    static let text = TextConstraint(charactersMax: 1 << 20, oneLine: false, mayBeEmpty: false)

    var text: String
    /// The day of messages before the first date in the log; `nil` for the day on which the incident started.
    var firstDay: CivilDate?
    /// `nil` for UTC.
    var zone: String?
    /// Whether to show what it would add, and to add nothing.
    var isDry: Bool

    init(from body: BodyReader) {
        firstDay = body.optional(
            "date", .pattern("^20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$"),
            "The day of the first message; otherwise the day on which the incident started.",
            otherwise: "It must be a day, such as 2026-01-15."
        ) { CivilDate(iso: $0[...]) }
        zone = body.optionalText(
            "zone", .name, "The time zone of the log: `UTC` (the default), `+02:00`, `Europe/Berlin`.")
        isDry = body.bool("dry_run", default: false, "If true, nothing is added.")
        text = body.text("text", ChatImport.text)
    }
}

/// The messages of a log as entries of an incident.
struct ChatEntries: Sendable {
    struct Item: Sendable {
        var group: ChatLog.Group
        var entry: PostEntry
        /// Among the messages of its author at its time.
        var ordinal: Int
        var isKnown: Bool

        var author: Person { group.author }

        var request: PerformEach<Incident>.Item {
            .init(
                entry, by: author,
                numbered: .init(ordinal) { [entry, group] ordinal in
                    var entry = entry
                    entry.source = group.source(ordinal)
                    return entry
                })
        }
    }

    /// In the order of the log.
    private(set) var items: [Item] = []

    /// Looks up which messages are recorded. Blocks on the store.
    init(_ messages: [ChatLog.Dated], in stream: StreamID, from reader: any JournalReader) throws {
        let groups = Dictionary(grouping: messages.indices) { index in
            ChatLog.Group(author: Person(messages[index].message.author), at: messages[index].at)
        }
        let recorded = try ChatEntries.recorded(groups.mapValues(\.count), in: stream, from: reader)
        var ordinals = [Int](repeating: 0, count: messages.count)
        for (group, indexes) in groups {
            let texts = indexes.map { messages[$0].message.text }
            let found = ChatLog.ordinals(of: texts, recorded: recorded[group] ?? [])
            for (index, ordinal) in zip(indexes, found) { ordinals[index] = ordinal }
        }
        for (index, dated) in messages.enumerated() {
            let group = ChatLog.Group(author: Person(dated.message.author), at: dated.at)
            let entry = PostEntry(
                Note(), text: dated.message.text, occurredAt: dated.at,
                source: group.source(ordinals[index]))
            items.append(
                Item(
                    group: group, entry: entry, ordinal: ordinals[index],
                    isKnown: ordinals[index] < recorded[group]?.count ?? 0))
        }
    }

    /// Upper bound of the sources of one query; it is padded, so that all have the same statement.
    private static let keysMax = 200
    /// Upper bound of recorded messages of one person at one time: beyond it they are taken for new ones.
    private static let groupMax = 4 * ChatLog.linesMax

    /// The texts that are recorded of each group, by ordinal; `nil` for a redacted one.
    private static func recorded(
        _ counts: [ChatLog.Group: Int], in stream: StreamID, from reader: any JournalReader
    ) throws -> [ChatLog.Group: [String?]] {
        var recorded: [ChatLog.Group: [String?]] = [:]
        var open = counts
        // A group that is recorded as far as it was looked for may go on.
        while !open.isEmpty {
            var wanted: [String: ChatLog.Group] = [:]
            var keys: [(ChatLog.Group, [String])] = []
            for (group, count) in open {
                let start = recorded[group]?.count ?? 0
                let names = (start..<start + count).map { group.key($0) }
                for name in names { wanted[name] = group }
                keys.append((group, names))
            }
            let found = try texts(Array(wanted.keys), in: stream, from: reader)
            for (group, names) in keys {
                let texts = names.prefix { found[$0] != nil }.map { found[$0] ?? nil }
                recorded[group, default: []] += texts
                let isMore = texts.count == names.count && recorded[group]?.count ?? 0 < groupMax
                open[group] = isMore ? names.count : nil
            }
        }
        return recorded
    }

    /// The texts of recorded messages by once key.
    private static func texts(
        _ keys: [String], in stream: StreamID, from reader: any JournalReader
    ) throws -> [String: String?] {
        var texts: [String: String?] = [:]
        for part in keys.chunks(of: keysMax) {
            var filter = TimelineFilter()
            filter.onceKeys = part + Array(repeating: part.first ?? "", count: keysMax - part.count)
            let query = TimelineQuery(filter, limit: keysMax)
            for entry in try reader.entries(of: stream, query) {
                guard let key = entry.onceKey else { continue }
                texts.updateValue(entry.words == nil ? nil : try entry.text(), forKey: key)
            }
        }
        return texts
    }
}

extension ChatLog.Group {
    /// The source of a message: who, when, and a number among those of one person at one time. A digest without the text, because it
    /// outlives a redaction.
    func source(_ ordinal: Int) -> Source {
        let name = Array("\(at.milliseconds):\(ordinal):".utf8) + author.key
        return Source(
            system: ChatImport.system, ref: Hex.encode(Array(Digest.sha256(name).prefix(16))), url: nil)
    }

    fileprivate func key(_ ordinal: Int) -> String {
        let source = source(ordinal)
        return DedupKey.source(system: source.system, ref: source.ref).stored
    }
}
