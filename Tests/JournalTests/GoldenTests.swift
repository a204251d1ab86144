import Incidents
import JSON
import Journal
import TestSupport
import Testing
import Time

/// The bodies that clients read and caches keep, to the byte. Format number 1.
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

    private func incident(_ events: [Event]) throws -> Incident {
        var fold = Fold(Sample.id)
        var previous = Chain.start
        for (index, event) in events.enumerated() {
            let entry = Sample.entry(event, position: index + 1, seq: index + 1, after: previous)
            previous = entry.hash
            try fold.add(entry)
        }
        return try #require(fold.incident)
    }

    @Test func `an incident of which little is known`() throws {
        let incident = try incident([.declared(Sample.bare)])
        #expect(object { $0.members(of: incident) } == Golden.bareIncident)
    }

    @Test func `an incident with everything, that ended`() throws {
        var full = Sample.full
        full.details.labels = ["service": "web"]
        let incident = try incident([
            .declared(full), .updatePublished(Sample.update),
            .nagSent(NagSent(about: .update, dueAt: Sample.beat.dueAt, number: 3, to: [], breached: true)),
            .statusChanged(from: .investigating, to: .monitoring, reason: nil),
            .resolved(from: .monitoring, override: false, reason: nil), .edited(Sample.everything),
        ])
        #expect(object { $0.members(of: incident) } == Golden.fullIncident)
        #expect(object { $0.cadenceMembers(of: incident) } == Golden.cadence)
        var deadlines = JSONWriter()
        deadlines.deadlines(of: incident)
        #expect(text(deadlines.bytes) == Golden.deadlines)
    }

    @Test func `an entry of each kind`() throws {
        let entries = try Sample.events.map { event in
            try object { writer in try writer.members(of: Sample.entry(event)) }
        }
        #expect(entries.count == Golden.entries.count)
        for (entry, golden) in zip(entries, Golden.entries) { #expect(entry == golden) }
        #expect(Set(Sample.events.map(\.kind)) == Set(EntryKind.allCases), "no kind is missing")
    }

    @Test func `a status update shows what the cadence made of it`() throws {
        let source = Source(system: "slack", ref: "C9/1", url: "https://slack.test")
        let entry = Sample.entry(.updatePublished(Sample.update), source: source)
        #expect(try object { writer in try writer.members(ofUpdate: entry) } == Golden.update)
        let late = Sample.entry(.updatePublished(Sample.lateUpdate))
        #expect(try object { writer in try writer.members(ofUpdate: late) } == Golden.lateUpdate)
    }

    @Test func `an entry is late when it was recorded more than two minutes after it happened`() {
        var entry = Sample.entry(.posted(Posted(kind: .note, claimedAt: nil, data: Array("{}".utf8))))
        entry.occurredAt = entry.recordedAt - .seconds(120)
        #expect(!entry.late)
        entry.occurredAt = entry.occurredAt - .milliseconds(1)
        #expect(entry.late)
    }
}
