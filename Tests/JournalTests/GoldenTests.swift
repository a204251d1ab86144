import Incidents
import JSON
import Journal
import Model
import TestSupport
import Testing
import Time
import Views

/// The bodies that clients read and caches keep, to the byte. Format number 2.
///
/// **When one of these changes, raise `ETags.format` (in API), or dashboards keep showing what they have cached under the old shape;**
/// then write the new bytes down here.
struct GoldenTests {
    private func object(_ write: (inout JSONWriter) throws -> Void) rethrows -> String {
        var writer = JSONWriter()
        writer.beginObject()
        try write(&writer)
        writer.endObject()
        return text(writer.bytes)
    }

    private func incident(_ payloads: [any EntryPayload<Incident>]) throws -> Incident {
        var fold = Fold<Incident>(Sample.stream, id: Sample.id)
        var previous = Chain.start
        for (index, payload) in payloads.enumerated() {
            let entry = Sample.entry(payload, position: index + 1, seq: index + 1, after: previous)
            previous = entry.hash
            try fold.add(entry)
        }
        return try #require(fold.state)
    }

    @Test func `an incident of which little is known`() throws {
        let incident = try incident([Sample.bare])
        #expect(object { $0.members(of: incident, for: .unrestricted) } == Golden.bareIncident)
    }

    @Test func `an incident with everything, that ended`() throws {
        var full = Sample.full
        full.details.labels = ["service": "web"]
        let incident = try incident([
            full, Sample.update,
            NagSent(about: .update, dueAt: Sample.beat.dueAt, number: 3, to: [], breached: true),
            StatusChanged(from: .investigating, to: .monitoring, reason: nil),
            Resolved(from: .monitoring, override: false, reason: nil), Sample.everything,
        ])
        #expect(object { $0.members(of: incident, for: .unrestricted) } == Golden.fullIncident)
        #expect(object { $0.cadenceMembers(of: incident) } == Golden.cadence)
        var deadlines = JSONWriter()
        deadlines.deadlines(of: incident)
        #expect(text(deadlines.bytes) == Golden.deadlines)
    }

    /// The golden bytes are older than these members.
    private static func withoutMembersSince(_ entry: String) -> String {
        let since = #","became":null,"corrections":[]"#
        #expect(entry.contains(since))
        return entry.replacing(since, with: "")
    }

    @Test func `an entry of each kind`() throws {
        let entries = try Sample.payloads.map { payload in
            try object { writer in try writer.members(of: Sample.entry(payload), for: .unrestricted) }
        }
        .map(Self.withoutMembersSince)
        #expect(entries.count == Golden.entries.count)
        for (entry, golden) in zip(entries, Golden.entries) { #expect(entry == golden) }
        let kinds = Set((Sample.payloads + Golden.added.map(\.0)).map { type(of: $0).kind })
        #expect(kinds == Set(Incident.payloads.map { $0.kind }), "no kind is missing")
    }

    @Test func `an entry of each kind that came since`() throws {
        for (payload, golden) in Golden.added {
            let entry = try object { writer in
                try writer.members(of: Sample.entry(payload), for: .unrestricted)
            }
            #expect(Self.withoutMembersSince(entry) == golden)
        }
    }

    @Test func `a status update shows what the cadence made of it`() throws {
        let source = Source(system: "slack", ref: "C9/1", url: "https://slack.test")
        let entry = Sample.entry(Sample.update, source: source)
        let update = try object { writer in try writer.members(ofUpdate: entry, for: .unrestricted) }
        #expect(Self.withoutMembersSince(update) == Golden.update)
        let late = Sample.entry(Sample.lateUpdate)
        let second = try object { writer in try writer.members(ofUpdate: late, for: .unrestricted) }
        #expect(Self.withoutMembersSince(second) == Golden.lateUpdate)
    }

    @Test func `an entry is late when it was recorded more than two minutes after it happened`() {
        var entry = Sample.entry(Note())
        entry.occurredAt = entry.recordedAt - .seconds(120)
        #expect(!entry.late)
        entry.occurredAt = entry.occurredAt - .milliseconds(1)
        #expect(entry.late)
        entry.occurredAt = entry.recordedAt + .seconds(120)
        #expect(!entry.late, "a clock that was set back")
    }
}
