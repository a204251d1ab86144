import Incidents
import JSON
import Journal
import Model
import Testing

/// The recording has every kind of entry in every variant, so that tests of its entries cover all.
struct VariantTests {
    /// What must be there of each kind: a path that has a value, `!path` for an entry without it, `path=null`, `path=value`. `facts`
    /// and `data` are an entry's two halves; an array counts as each of its elements, and `path.count=n` says how many.
    static let table: [EntryKind: [String]] = [
        Note.kind: written + ["facts.claimed_at", "!facts.claimed_at"],
        Finding.kind: written + optional("facts.claimed_at") + [
            "facts.confirmed=true", "facts.confirmed=false",
        ],
        Hypothesis.kind: written + optional("facts.claimed_at") + [
            "facts.state=open", "facts.state=confirmed", "facts.state=ruled_out",
        ],
        ChangeMade.kind: written + optional("facts.claimed_at") + [
            "facts.complete=true", "facts.complete=false",
        ],
        DecisionMade.kind: written + optional("facts.claimed_at"),
        Todo.kind: written + optional("facts.claimed_at"),
        Declared.kind: [
            "facts.severity=minor", "facts.severity=major", "facts.severity=critical", "facts.number",
            "data.title", "data.next_action.text", "data.next_action.owner", "data.labels.ü=",
            "data.labels.count=50", "data.links.title", "data.links.title=null", "data.links.url",
            "data.contacts.commander", "!data.contacts.scribe", "data.workaround=", "author~posted_by",
            "author=posted_by",
        ] + beat + clock + Role.allCases.flatMap { optional("facts.roles.\($0.rawValue)") }
            + ["started_at", "detected_at", "roles"].flatMap { optional("facts.\($0)") }
            + [
                "impact", "workaround", "restored_when", "next_action", "channel", "labels", "links",
                "contacts",
            ]
            .flatMap { optional("data.\($0)") },
        Edited.kind: ["started_at", "detected_at", "reviewed_severity"].flatMap { patched("facts.\($0)") }
            + ["impact", "workaround", "restored_when", "next_action", "channel", "links"].flatMap {
                patched("data.\($0)")
            }
            + ["title", "labels"].flatMap { optional("data.\($0)") }
            + [
                "title", "impact", "workaround", "restored_when", "next_action", "started_at", "detected_at",
                "channel", "reviewed_severity", "labels", "links",
            ].map { "facts.fields=\($0)" }
            + [
                "data.impact=", "data.labels.zone=null", "data.labels.new=1", "data.links.count=0",
                "data.links.count=1", "data.next_action.owner", "data.next_action.owner=null",
                "facts.fields.count=7",
            ],
        StatusChanged.kind: optional("data.reason")
            + ["investigating", "mitigating", "monitoring"].flatMap {
                ["facts.from=\($0)", "facts.to=\($0)"]
            },
        SeverityRaised.kind: beat + optional("data.reason") + [
            "facts.from=minor", "facts.from=major", "facts.to=major", "facts.to=critical",
        ],
        SeverityDisputed.kind: [
            "facts.current=critical", "facts.current=major", "facts.claims=minor", "facts.claims=major",
            "data.reason",
        ],
        RoleAssigned.kind: Role.allCases.map { "facts.role=\($0.rawValue)" } + optional("data.contact") + [
            "facts.person", "facts.previous", "facts.previous=null", "data.contact=",
            "facts.person=facts.previous", "facts.person~facts.previous",
        ],
        RoleReleased.kind: Role.allCases.filter { $0 != .commander }.map { "facts.role=\($0.rawValue)" } + [
            "facts.previous"
        ],
        UpdatePublished.kind: [
            "facts.audience=public", "facts.audience=internal", "facts.counts=true", "facts.counts=false",
            "facts.met_due_at", "facts.met_due_at=null", "facts.late_by_seconds=0",
            "facts.late_by_seconds=null", "facts.late_by_seconds>0", "facts.forced=true",
            "facts.forced=false", "facts.slot", "visibility=public", "visibility=internal", "late=true",
            "late=false", "!facts.due_at",
        ] + beat
            + ["promised_at", "basis_seq", "eta_basis", "template", "claimed_at"].flatMap {
                optional("facts.\($0)")
            }
            + Template.names.filter { $0 != "withdrawn" }.map { "facts.template=\($0)" },
        NagSent.kind: [
            "facts.about=update", "facts.about=decision", "facts.about=no_progress", "facts.number=1",
            "facts.number=2", "facts.number=3", "facts.due_at", "facts.breached=true",
            "facts.breached=false", "facts.to.role=declarer", "facts.to.role=commander",
            "facts.to.role=communicator", "facts.to.role=technical_lead", "facts.to.count=1",
            "facts.to.count=2", "facts.to.count=3", "facts.to.person", "author=drumbeat",
        ],
        NagSnoozed.kind: optional("facts.number") + [
            "facts.minutes=1", "facts.minutes=2", "facts.snoozed_until", "data.reason",
        ],
        CadenceChanged.kind: beat + optional("facts.due_at") + optional("data.reason") + [
            "facts.previous_interval_seconds"
        ],
        Escalated.kind: ["facts.to", "facts.decision_due_at", "data.reason"],
        Resolved.kind: optional("data.reason") + [
            "facts.from=monitoring", "facts.from=mitigating", "facts.from=investigating",
            "facts.override=true", "facts.override=false",
        ],
        Cancelled.kind: optional("facts.duplicate_of") + [
            "facts.from=investigating", "facts.from=mitigating", "facts.from=monitoring",
            "facts.reason=false_alarm", "facts.reason=duplicate",
        ],
        Reopened.kind: beat + clock + optional("data.reason") + [
            "facts.from=resolved", "facts.from=cancelled", "facts.episode=2", "facts.episode=3",
        ],
    ]

    /// What people write, of any kind.
    private static let written =
        ["data", "source", "source.url"].flatMap(optional) + [
            "visibility=public", "visibility=internal", "late=true", "late=false", "source.url=null",
            "author=posted_by", "author~posted_by", "data.graph", "data.text",
        ]
    private static let beat =
        ["facts.interval_seconds", "facts.due_at", "facts.nag_steps_seconds", "facts.nag_max"]
        + optional("facts.due_soon_at")
    /// Absent in entries of Drumbeat 0.1.0.
    private static let clock = optional("facts.decision_due_at") + optional("facts.no_progress_seconds")

    private static func optional(_ path: String) -> [String] { [path, "!" + path] }
    private static func patched(_ path: String) -> [String] { [path, "!" + path, path + "=null"] }

    @Test func `the table asks for every kind there was`() {
        let kinds = Set(Incident.payloads.map { $0.kind })
        #expect(Set(VariantTests.table.keys) == kinds.subtracting(Recording.kindsSince))
    }

    @Test(arguments: VariantTests.table.keys.sorted { $0.rawValue < $1.rawValue })
    func `every variant is there`(kind: EntryKind) throws {
        let variants = try #require(VariantTests.table[kind])
        let entries = try Recording.shared.get().entries.filter { $0.kind == kind }.map(Traits.init)
        for variant in variants {
            #expect(entries.contains { $0.has(variant) }, "no \(kind.rawValue) with \(variant) was recorded")
        }
    }

    @Test(arguments: VariantTests.table.keys.sorted { $0.rawValue < $1.rawValue })
    func `the table knows every member that was recorded`(kind: EntryKind) throws {
        let known = try #require(VariantTests.table[kind])
        let isWritten = Incident.kinds[kind] is any PostedPayload.Type
        for entry in try Recording.shared.get().entries.filter({ $0.kind == kind }).map(Traits.init) {
            // Clients choose the `data` of what they write, so only its facts are checked.
            for path in entry.members where !isWritten || path.hasPrefix("facts.") {
                #expect(
                    known.contains { $0 == path || $0.hasPrefix(path + "=") || $0.hasPrefix(path + ".") },
                    "\(kind.rawValue) has \(path), which the table does not ask for")
            }
        }
    }

    @Test func `odd characters and long texts are there`() throws {
        let recording = try Recording.shared.get()
        let words = recording.entries.map { String(decoding: $0.words ?? [], as: UTF8.self) }
        for odd in [
            "🥁", "\\u2028", "\\u0001", "\\u001b", "\\n", "\\t", "\\\"", "\\\\", "e\u{301}",
            "12345678901234567890", "1e300", "1.50", "1E+2", "[1,-0,",
        ] {
            let bytes = Array(odd.utf8)
            let holds = recording.entries.contains { ($0.words ?? []).firstRange(of: bytes) != nil }
            #expect(holds, "\(odd) was not recorded")
        }
        #expect(words.contains { $0.utf8.count > 16 << 10 })
        #expect(words.contains { (8 << 10..<16 << 10).contains($0.utf8.count) })
        #expect(recording.entries.contains { $0.author.utf8.count == 200 })
    }

    @Test func `entries of several tokens, answers of every state and writes of every method are there`()
        throws
    {
        let recording = try Recording.shared.get()
        #expect(Set(recording.entries.map(\.postedBy)) == ["admin", "slackbot", "commander", "drumbeat"])
        #expect(
            Set(recording.incidents.map(\.status)).isSuperset(of: [.investigating, .resolved, .cancelled]))
        #expect(Set(recording.writes.map(\.method)) == ["POST", "PUT", "PATCH", "DELETE"])
        #expect(Set(recording.keys.map(\.status)) == [200, 201])
        #expect(recording.keys.contains { !$0.warnings.isEmpty })
        #expect(recording.old.count == 1)
        let types = Set(recording.deliveries.map(\.delivery.type))
        // Event types without an entry are not implemented yet; the test of a webhook is not an entry.
        let absent = EventType.all.filter { $0 == .webhookTest }
        #expect(types == Set(EventType.all).subtracting(absent).subtracting(Recording.typesSince))
    }
}

/// The paths of an entry, with their values as text.
private struct Traits {
    private var values: [String: Set<String>] = [:]
    private(set) var members: Set<String> = []

    init(_ entry: StoredEntry) throws {
        let words = try object(entry.words ?? [])
        add("facts", .object(try object(entry.facts)))
        for member in words.members where member.name != "text" { add(member.name, member.value) }
        add("author", .string(entry.author))
        add("posted_by", .string(entry.postedBy))
        add("visibility", .string(entry.visibility.rawValue))
        add("late", .bool(entry.late))
        members = Set(
            values.keys.filter { path in
                (path.hasPrefix("facts.") || path.hasPrefix("data.")) && path.count { $0 == "." } == 1
                    && !path.hasSuffix(".count")
            })
    }

    func has(_ variant: String) -> Bool {
        if variant.hasPrefix("!") { return values[String(variant.dropFirst())] == nil }
        if let (path, number) = split(variant, at: ">") {
            return values[path]?.contains { Int($0).map { $0 > Int(number) ?? 0 } ?? false } ?? false
        }
        if let (left, right) = split(variant, at: "~") {
            return values[left] != nil && values[right] != nil && values[left] != values[right]
        }
        if let (path, value) = split(variant, at: "=") {
            return values[path]?.contains(value) ?? false
                || values[path] != nil && values[path] == values[value]
        }
        return values[variant].map { $0 != ["null"] } ?? false
    }

    private func split(_ variant: String, at mark: Character) -> (String, String)? {
        let parts = variant.split(separator: mark, maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
    }

    private mutating func add(_ path: String, _ value: JSONValue) {
        switch value {
        case .object(let object):
            values[path, default: []].insert("{}")
            values[path + ".count", default: []].insert("\(object.members.count)")
            for member in object.members { add("\(path).\(member.name)", member.value) }
        case .array(let elements):
            values[path, default: []].insert("[]")
            values[path + ".count", default: []].insert("\(elements.count)")
            for element in elements { add(path, element) }
        case .string(let text): values[path, default: []].insert(text)
        default: values[path, default: []].insert(String(decoding: value.encoded(), as: UTF8.self))
        }
    }
}
