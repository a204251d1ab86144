import Engine
import HTTPServer
import Incidents
import Logging
import Metrics
import OperatingSystem
import Routing
import Synchronization
import Time

/// The page of `/metrics`, built from the meters of each part.
///
/// Takes a few short locks and no SQL, so that it responds while the store hangs. Cached for a second: the page is open to everyone, and
/// must not be a way to keep the loop busy.
final class Exposition: Sendable {
    /// How long a page is cached. Scrapes are less frequent.
    static let pageAgeMax: Duration = .seconds(1)

    /// Sources of the figures.
    struct Sources: Sendable {
        var incidents: Shelf<Incident>
        var scheduler: Scheduler<Incident>
        var lane: WriteLane
        var outbox: Outbox
        var requests: RequestMeters
        var longPolls: LongPolls
        var health: HealthMonitor
        var server: Server
        var logger: Logger
        /// The store's time.
        var clock: @Sendable () -> Timestamp
        /// The monotonic clock.
        var monotonic: @Sendable () -> Duration
    }

    private struct State {
        var monotonic: (@Sendable () -> Duration)?
        var make: (@Sendable () -> [UInt8])?
        var page: [UInt8] = []
        var madeAt: Duration?
    }

    private let state = Mutex(State())

    /// Connects the page's sources; until then the page is empty. The sources are created after the users of the page.
    func connect(
        monotonic: @escaping @Sendable () -> Duration, _ make: @escaping @Sendable () -> [UInt8]
    ) {
        state.withLock { state in
            state.monotonic = monotonic
            state.make = make
        }
    }

    /// At most one second old.
    func page() -> [UInt8] {
        state.withLock { state in
            guard let now = state.monotonic?(), let make = state.make else { return [] }
            if let madeAt = state.madeAt, now - madeAt < Exposition.pageAgeMax { return state.page }
            state.page = make()
            state.madeAt = now
            return state.page
        }
    }
}

extension Exposition.Sources {
    func page() -> [UInt8] {
        let now = monotonic()
        var text = MetricsText()
        writeCadence(at: now, to: &text)
        writeLane(at: now, to: &text)
        writeDeliveries(to: &text)
        writeRequests(to: &text)
        writeProcess(to: &text)
        return text.bytes
    }
}

extension Exposition.Sources {
    fileprivate func writeCadence(at moment: Duration, to text: inout MetricsText) {
        let counts = incidents.counts()
        text.begin(.incidentsOpen)
        for severity in Severity.allCases {
            text.sample(
                MetricFamily.incidentsOpen.name, labels: [("severity", severity.rawValue)],
                counts.bySeverity[severity] ?? 0)
        }
        text.write(.incidentsBreached, counts.breached)
        text.write(.incidentsDeclared, lane.meters.declared)
        text.write(.updatesOverdue, scheduler.overdue.value)
        text.write(.updatesPublished, lane.meters.updatesPublished)
        text.begin(.updateLateness)
        for (severity, histogram) in lane.meters.updateLateness {
            text.histogram(
                MetricFamily.updateLateness.name, labels: [("severity", severity.rawValue)], histogram)
        }
        text.write(.nagsSent, lane.meters.nagsSent)
        text.write(.nagsUnheard, lane.meters.nagsUnheard.total)
        text.write(.nagLateness, lane.meters.nagLateness)
        let lastTick = clock() - health.scheduler.inactivity(at: moment)
        text.write(.schedulerLastTick, fraction: Double(lastTick.milliseconds) / 1_000)
        text.write(.schedulerLag, fraction: health.scheduler.lag(at: moment).inSeconds)
    }

    fileprivate func writeLane(at moment: Duration, to text: inout MetricsText) {
        let condition = lane.condition(at: moment)
        text.write(.laneBatches, lane.meters.batches.total)
        text.write(.laneBatchOrders, lane.meters.batchOrders)
        text.write(.laneOrdersRefused, lane.meters.ordersRefused.total)
        text.write(.laneSyncs, lane.meters.syncs.total)
        text.write(.laneCommitDuration, lane.meters.commitDuration)
        text.begin(.laneWaiting)
        text.sample(MetricFamily.laneWaiting.name, labels: [("line", "urgent")], condition.urgent)
        text.sample(MetricFamily.laneWaiting.name, labels: [("line", "ordinary")], condition.ordinary)
        text.write(.laneOverflows, lane.meters.overflows)
        text.write(.laneStalled, fraction: condition.stalledFor.inSeconds)
        text.begin(.storeState)
        let state = lane.storeState.word
        for word in StoreState.words {
            text.sample(MetricFamily.storeState.name, labels: [("state", word)], word == state ? 1 : 0)
        }
        text.write(.storeFaults, lane.meters.storeFaults)
        text.write(.storeCheckpoints, lane.meters.checkpoints.total)
    }

    fileprivate func writeDeliveries(to text: inout MetricsText) {
        let backlog = outbox.meters.backlog
        text.write(.outboxPending, backlog.pending)
        text.write(.outboxOldestDue, fraction: backlog.oldestDue(at: clock()).inSeconds)
        text.write(.deliveries, lane.meters.deliveries)
        text.write(.attemptDuration, outbox.meters.attemptDuration)
        text.write(.attemptsInFlight, outbox.inFlightCount)
    }

    /// Routes without requests and status codes without responses are omitted.
    fileprivate func writeRequests(to text: inout MetricsText) {
        let used = requests.routes.map { ($0, $0.totals) }.filter { !$0.1.isEmpty }
        text.begin(.requests)
        for (route, totals) in used {
            for (code, count) in totals {
                let labels = route.labels + [("code", code == 0 ? "other" : "\(code)")]
                text.sample(MetricFamily.requests.name, labels: labels, count)
            }
        }
        text.begin(.requestDuration)
        for (route, _) in used {
            text.histogram(MetricFamily.requestDuration.name, labels: route.labels, route.duration)
        }
        text.write(.requestsRefused, requests.refusals)
        text.write(.authenticationFailures, requests.authenticationFailures)
        text.write(.connections, server.connectionCount)
        text.write(.connectionsRefused, server.connectionsRefused)
        text.write(.longPolls, longPolls.count)
        text.write(.streams, requests.streams.value)
    }

    fileprivate func writeProcess(to text: inout MetricsText) {
        text.begin(.buildInfo)
        text.sample(MetricFamily.buildInfo.name, labels: [("version", drumbeatVersion)], 1)
        text.write(.logLinesDropped, logger.linesDropped)
        let figures = ProcessFigures.now()
        if let start = figures.startSeconds { text.write(.processStart, fraction: start) }
        text.write(.processCPU, fraction: figures.cpuSeconds)
        if let bytes = figures.residentBytes { text.write(.processResident, bytes) }
        if let count = figures.openDescriptors { text.write(.processOpenFDs, count) }
        text.write(.processMaxFDs, figures.descriptorsMax)
    }
}

extension MetricsText {
    fileprivate mutating func begin(_ family: MetricFamily) {
        self.family(family.name, family.kind, help: family.help)
    }

    fileprivate mutating func write(_ family: MetricFamily, _ value: Int) {
        begin(family)
        sample(family.name, value)
    }

    fileprivate mutating func write(_ family: MetricFamily, fraction value: Double) {
        begin(family)
        sample(family.name, fraction: value)
    }

    fileprivate mutating func write(_ family: MetricFamily, _ counters: CounterSet) {
        begin(family)
        for label in counters.labels {
            sample(family.name, labels: [(family.labels.first ?? "", label)], counters.total(label))
        }
    }

    fileprivate mutating func write(_ family: MetricFamily, _ histogram: Histogram) {
        begin(family)
        self.histogram(family.name, histogram)
    }
}

extension RouteMeter {
    fileprivate var labels: [(String, String)] { [("method", method.rawValue), ("route", pattern)] }
}

extension StoreState {
    fileprivate static let words = ["ok", "refusing", "broken"]

    fileprivate var word: String {
        switch self {
        case .ok: "ok"
        case .refusing: "refusing"
        case .broken: "broken"
        }
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
