import Incidents
import Journal
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

@testable import Engine

struct StateLoaderTests {
    let time = ManualTime()
    let service: TestService

    init() throws {
        service = try TestService(time: time)
        service.run(.declare())
        for index in 0..<12 {
            time.advance(by: .seconds(60))
            service.run(index.isMultiple(of: 3) ? .update(1, "update \(index)") : .note(1, "note \(index)"))
            if index == 5 { service.run(.raise(1, to: .critical)) }
        }
    }

    /// The incident after its first entries, folded from nothing.
    private func fold(_ count: Int) throws -> IncidentSnapshot? {
        let id = try #require(service.incidents.snapshot(1)?.id)
        var fold = Fold<Incident>(1, id: id)
        for entry in try service.entries(of: 1).prefix(count) { try fold.add(entry) }
        return fold.snapshot
    }

    @Test func `an incident as of each of its entries is the fold of those entries, in any order of asking`()
        throws
    {
        var dice = SeededGenerator(seed: Seed.chosen ?? 7)
        let count = try service.entries(of: 1).count
        for seq in (Array(1...count) + Array(1...count)).shuffled(using: &dice) {
            let snapshot = try service.incidentLoader.snapshot(1, asOf: seq)
            let fresh = try fold(seq)
            #expect(snapshot?.incident == fresh?.incident, "as of \(seq)")
            #expect(snapshot?.hash == fresh?.hash)
            #expect(snapshot?.lastChange == fresh?.lastChange)
        }
    }

    @Test func `as recorded by a moment counts what was stored by then`() throws {
        let entries = try service.entries(of: 1)
        for entry in entries.reversed() {
            let seqs = entries.filter { $0.recordedAt <= entry.recordedAt }.map(\.seq)
            #expect(
                try service.incidentLoader.snapshot(1, recordedBy: entry.recordedAt)?.incident.seq
                    == seqs.max())
        }
        let first = try #require(entries.first)
        #expect(
            try service.incidentLoader.snapshot(1, recordedBy: first.recordedAt - .milliseconds(1)) == nil)
        #expect(
            try service.incidentLoader.snapshot(1, recordedBy: service.now + .seconds(9))?.incident.seq
                == entries.count
        )
    }

    @Test func `notes are not read, and two moments in turn are folded once each`() throws {
        for index in 0..<300 {
            time.advance(by: .seconds(1))
            service.run(.note(1, "more \(index)"))
        }
        let entries = try service.entries(of: 1)
        let shaping = entries.count { $0.kind != Note.kind }
        let moments = [entries[200].recordedAt, entries[100].recordedAt]
        let loader = service.incidentLoader
        for moment in moments { _ = try loader.snapshot(1, recordedBy: moment) }
        let read = loader.entriesRead.total
        #expect(read <= 2 * (shaping + 1))
        for _ in 0..<50 {
            for moment in moments {
                let seq = try loader.snapshot(1, recordedBy: moment)?.seq
                #expect(seq == entries.last { $0.recordedAt <= moment }?.seq)
            }
        }
        #expect(loader.entriesRead.total == read)
    }

    @Test func `a current state knows the last progress, though the notes before the last are not read`()
        throws
    {
        service.run(.assign(1, .commander, "alice"))
        service.run(.resolve(1))
        time.advance(by: .seconds(60))
        service.run(.note(1, "of the commander"), by: "alice")
        let progressAt = service.now
        for _ in 0..<9 {
            time.advance(by: .seconds(60))
            service.run(.note(1, "of nobody in a role"), by: "zoe")
        }
        let current = try #require(service.incidents.snapshot(1))
        let loader = StateLoader(reader: service.reader, shelf: Shelf<Incident>(policy: .standard))
        #expect(try loader.snapshot(1)?.incident == current.incident)
        let entries = try service.entries(of: 1)
        #expect(loader.entriesRead.total < entries.count)
        let fresh = try fold(entries.count)
        #expect(try loader.snapshot(1)?.incident == fresh?.incident)
        #expect(current.incident.inactivity.progressAt == progressAt)
    }

    @Test func `no incident has more than its share of the kept folds`() throws {
        let kept = KeptFolds<Incident>()
        service.run(.declare())
        let other = try #require(service.incidents.snapshot(2))
        kept.hold(other)
        let entries = try service.entries(of: 1)
        for _ in 0..<40 { service.run(.note(1, "more")) }
        for seq in 1...(entries.count + 40) {
            kept.hold(try #require(try service.incidentLoader.snapshot(1, asOf: seq)))
        }
        #expect(kept.latest(of: other.stream, through: 9) === other)
        #expect(kept.latest(of: 1, through: entries.count + 40)?.seq == entries.count + 40)
        #expect(kept.latest(of: 1, through: entries.count + 40 - KeptFolds<Incident>.perStreamMax) == nil)
    }

    @Test func `an ended incident goes on from the last fold when entries are added`() throws {
        service.run(.resolve(1))
        service.end()
        let again = try TestService(in: service.folder, time: time)
        let seq = try #require(try again.incidentLoader.snapshot(1)?.incident.seq)
        again.run(.note(1, "afterwards"))
        #expect(try again.incidentLoader.snapshot(1)?.incident.seq == seq + 1)
        #expect(try again.incidentLoader.snapshot(1, asOf: seq)?.incident.seq == seq)
        #expect(try again.incidentLoader.snapshot(1, asOf: seq + 1)?.incident.seq == seq + 1)
    }

    @Test func `names lead to numbers, on the shelf or in the store`() throws {
        let id = try #require(service.incidents.snapshot(1)?.id)
        #expect(try service.incidentLoader.number(of: .id(id)) == 1)
        #expect(try service.incidentLoader.number(of: .number(5)) == 5)
        #expect(try service.incidentLoader.number(of: .id("x")) == nil)
        #expect(try service.incidentLoader.snapshot(5) == nil)
        service.run(.resolve(1))
        service.end()
        let again = try TestService(in: service.folder, time: time)
        #expect(try again.incidentLoader.number(of: .id(id)) == 1)
    }

    @Test func `more incidents than it keeps are all right`() throws {
        for _ in 0..<70 { service.run(.declare()) }
        for number in 1...71 {
            #expect(try service.incidentLoader.snapshot(number, asOf: 1)?.incident.number == number)
        }
        for number in 1...71 {
            #expect(try service.incidentLoader.snapshot(number, asOf: 1)?.incident.seq == 1)
        }
    }
}
