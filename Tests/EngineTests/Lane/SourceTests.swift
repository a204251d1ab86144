import Engine
import Incidents
import Journal
import Model
import ServiceSupport
import TestSupport
import Testing
import Time

/// A message of another system stands in an incident once (api.md, "Incidents").
struct SourceTests {
    let service: TestService
    let message = Source(system: "slack", ref: "C9/1", url: nil)

    init() throws {
        service = try TestService()
        service.run(.declare())
    }

    @Test func `the second post of a message answers with the first entry`() throws {
        let first = try #require(service.run(.note(1, "lag", source: message)).entry)
        let second = service.run(.note(1, "lag", source: message))
        #expect(second.existing == first)
        #expect(second.warnings == [])
        #expect(try service.entries(of: 1).count == 2)
    }

    @Test func `so it does within one batch`() throws {
        let first = service.submit(.note(1, "lag", source: message))
        let second = service.submit(.note(1, "other words", source: message))
        service.takeTurns()
        #expect(second.value?.existing == first.value?.entry)
        #expect(second.value?.warnings == [.textDiffers])
        #expect(try service.entries(of: 1).count == 2)
    }

    @Test func `another text is a warning, also after a restart`() throws {
        let first = service.run(.note(1, "lag", source: message)).entry
        service.end()
        let again = try TestService(in: service.folder, time: ManualTime())
        let second = again.run(.note(1, "lag falls", source: message))
        #expect(second.existing == first)
        #expect(second.warnings == [.textDiffers])
    }

    @Test func `systems, refs and incidents are told apart`() throws {
        service.run(.declare("another"))
        service.run(.note(1, "lag", source: message))
        for source in [
            Source(system: "slack", ref: "C9/2", url: nil), Source(system: "slackC", ref: "9/1", url: nil),
            Source(system: "slack:C9", ref: "/1", url: nil),
        ] {
            #expect(service.run(.note(1, "lag", source: source)).entry != nil, "\(source)")
        }
        #expect(service.run(.note(2, "lag", source: message)).entry != nil)
        #expect(try service.entries(of: 1).count == 5)
    }

    @Test func `a system is the same in any case, a ref is not`() throws {
        let first = try #require(service.run(.note(1, "lag", source: message)).entry)
        for system in ["Slack", "SLACK"] {
            let again = service.run(
                .note(1, "lag", source: Source(system: system, ref: message.ref, url: nil)))
            #expect(again.existing == first, "\(system)")
        }
        #expect(
            service.run(.note(1, "lag", source: Source(system: "slack", ref: "c9/1", url: nil))).entry != nil)
        let shouted = try #require(
            service.run(.note(1, "lag", source: Source(system: "Mail", ref: "1", url: nil))).entry)
        #expect(
            service.run(.note(1, "lag", source: Source(system: "mail", ref: "1", url: nil))).existing
                == shouted)
        // The Kelvin sign is no k.
        #expect(
            service.run(.note(1, "lag", source: Source(system: "slac\u{212A}", ref: "C9/1", url: nil))).entry
                != nil)
    }

    @Test func `the once key keeps no words`() throws {
        let entry = try #require(
            service.run(.note(1, "lag", source: Source(system: "slack", ref: "hunter2", url: nil))).entry)
        #expect(entry.onceKey?.contains("hunter2") == false)
        #expect(String(decoding: entry.facts, as: UTF8.self) == "{}")
    }
}
