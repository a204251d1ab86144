import API
import Config
import Encoding
import Engine
import HTTP
import Incidents
import Journal
import Routing
import Threads
import Time

/// The API on a service of its own, without a socket.
package final class TestAPI: Sendable {
    package let service: TestService
    package let responder: RouteResponder
    package let tests = RecordingTestMessages()
    private let readers: WorkerPool

    /// `change` may replace the API's dependencies.
    package init(
        _ service: TestService, readerThreads: Int = 2,
        _ change: (inout Services) -> Void = { _ in }
    ) throws {
        self.service = service
        readers = WorkerPool(name: "reader", threads: readerThreads, waitingMax: 64)
        let (lane, clock, log, random) = (service.lane, service.clock, service.log, service.random)
        let routing = RoutingServices(
            credentials: service.credentials, readers: readers, submit: { lane.submit($0) },
            clock: { clock.now() }, log: { log.record($0, $1, $2) })
        var services = Services(
            routing: routing, incidents: service.incidents, incidentLoader: service.incidentLoader,
            documents: service.documents, reader: service.reader, draftRenderer: service.draftRenderer,
            checklist: try ChecklistTexts(text: Texts.firstTenMinutes),
            zone: { ZoneRules(fixed: $0) }, random: random,
            refusalOfURL: { url, kind in
                url.hasPrefix(kind == .smtp ? "smtp" : "https://") ? nil : "Send to https, not to \(url)."
            },
            flawOfMailAddress: { $0.contains("@") ? nil : "is no address" },
            send: { [tests] in tests.send($0, $1) },
            testLimit: .seconds(8), newSecret: { "whsec_" + Base64.encode(random.bytes(32)) },
            isSecret: { $0.hasPrefix("whsec_") && $0.utf8.count > 30 },
            readiness: { Readiness([]) }, position: service.position, recentEntries: service.recentEntries,
            longPolls: service.longPolls)
        change(&services)
        responder = DrumbeatAPI(services).responder()
    }

    /// What is counted of requests.
    package var meters: RequestMeters { responder.meters }

    deinit {
        // A lane that is stepped by hand is only closed by this.
        service.lane.stop()
        readers.shutdown()
        service.end()
    }
}

extension Route {
    /// The rows of the product's API.
    package static let all: [Route] = {
        do {
            return try TestAPI(TestService()).responder.table.rows
        } catch {
            fatalError("no API for its rows: \(error)")
        }
    }()
}

extension EventChannel {
    /// As a caller of scope `command` follows them.
    package static let all = EventChannel(.all, isRestricted: false)

    package static func one(_ number: Int) -> EventChannel {
        EventChannel(.one(number), isRestricted: false)
    }
}
