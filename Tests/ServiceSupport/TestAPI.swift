import API
import Encoding
import Engine
import HTTP
import Incidents
import Journal
import Threads
import Time

/// The API on a service of its own, without a socket.
package final class TestAPI: Sendable {
    package let service: TestService
    package let responder: APIResponder
    package let meters = RequestMeters()
    private let readers: WorkerPool

    /// `change` may replace the API's dependencies.
    package init(
        _ service: TestService, readerThreads: Int = 2,
        _ change: (inout Services) -> Void = { _ in }
    ) {
        self.service = service
        readers = WorkerPool(name: "reader", threads: readerThreads, waitingMax: 64)
        let (lane, clock, log, random) = (service.lane, service.clock, service.log, service.random)
        var services = Services(
            incidents: service.incidents, incidentLoader: service.incidentLoader,
            documents: service.documents, credentials: service.credentials,
            reader: service.reader, draftRenderer: service.draftRenderer, readers: readers,
            submit: { lane.submit($0) },
            clock: { clock.now() }, random: random,
            refusalOfURL: { $0.hasPrefix("https://") ? nil : "Send to https, not to \($0)." },
            newSecret: { "whsec_" + Base64.encode(random.bytes(32)) },
            isSecret: { $0.hasPrefix("whsec_") && $0.utf8.count > 30 },
            readiness: { Readiness([]) }, log: { log.record($0, $1, $2) })
        services.longPolls = service.longPolls
        services.recentEntries = service.recentEntries
        services.position = service.position
        services.meters = meters
        change(&services)
        responder = APIResponder(services)
    }

    deinit {
        // A lane that is stepped by hand is only closed by this.
        service.lane.stop()
        readers.shutdown()
        service.end()
    }
}
