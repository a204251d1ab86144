import Platform

/// All metric families, in the order of the page. docs/metrics.md explains each.
public struct MetricFamily: Sendable {
    /// Prometheus naming: base units, and `_total` at the end of a counter.
    public let name: String
    public let kind: MetricsText.Kind
    /// Label names. The values are few, and fixed by the code.
    public let labels: [String]
    /// One line, shown in Prometheus.
    public let help: String

    private init(_ name: String, _ kind: MetricsText.Kind, labels: [String] = [], _ help: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.help = help
    }

    // The cadence.
    static let incidentsOpen = MetricFamily(
        "drumbeat_incidents_open", .gauge, labels: ["severity"], "Open incidents.")
    static let incidentsBreached = MetricFamily(
        "drumbeat_incidents_breached", .gauge,
        "Open incidents in breach of their cadence: everybody was asked.")
    static let incidentsDeclared = MetricFamily(
        "drumbeat_incidents_declared_total", .counter, labels: ["severity"], "Incidents that were declared.")
    static let updatesOverdue = MetricFamily(
        "drumbeat_updates_overdue", .gauge, "Open incidents past the deadline of their status update.")
    static let updatesPublished = MetricFamily(
        "drumbeat_updates_published_total", .counter, labels: ["severity"],
        "Status updates that were published.")
    static let updateLateness = MetricFamily(
        "drumbeat_update_lateness_seconds", .histogram, labels: ["severity"],
        "How late a status update came that had a deadline.")
    static let nagsSent = MetricFamily(
        "drumbeat_nags_sent_total", .counter, labels: ["about"], "Nags that were sent, by what they ask for.")
    static let nagLateness = MetricFamily(
        "drumbeat_nag_lateness_seconds", .histogram, "From the moment a nag was due until it was committed.")
    static let schedulerLastTick = MetricFamily(
        "drumbeat_scheduler_last_tick_timestamp_seconds", .gauge, "When the scheduler last took a turn.")
    static let schedulerLag = MetricFamily(
        "drumbeat_scheduler_lag_seconds", .gauge,
        "How far the scheduler is behind its next turn; 0 when in time.")

    // The write lane and the store.
    static let laneBatches = MetricFamily(
        "drumbeat_lane_batches_total", .counter, "Batches of requests that the write lane decided.")
    static let laneBatchOrders = MetricFamily(
        "drumbeat_lane_batch_requests", .histogram, "How many requests a batch held.")
    static let laneOrdersRefused = MetricFamily(
        "drumbeat_lane_orders_refused_total", .counter, "Orders that a rule, a key or a version refused.")
    static let laneSyncs = MetricFamily(
        "drumbeat_lane_syncs_total", .counter, "Commits of the write lane, each synced to disk once.")
    static let laneCommitDuration = MetricFamily(
        "drumbeat_lane_commit_duration_seconds", .histogram,
        "How long a commit took: lock, rules, SQL and sync.")
    static let laneWaiting = MetricFamily(
        "drumbeat_lane_waiting", .gauge, labels: ["line"], "Orders that wait for the write lane.")
    static let laneOverflows = MetricFamily(
        "drumbeat_lane_overflows_total", .counter, labels: ["line"],
        "Orders that found their waiting line full.")
    static let laneStalled = MetricFamily(
        "drumbeat_lane_stalled_seconds", .gauge,
        "How long the write lane has owed an answer without giving any.")
    static let storeState = MetricFamily(
        "drumbeat_store_state", .gauge, labels: ["state"],
        "1 for the state the store is in, 0 for the others.")
    static let storeFaults = MetricFamily(
        "drumbeat_store_faults_total", .counter, labels: ["kind"], "Faults of the store, by kind.")
    static let storeCheckpoints = MetricFamily(
        "drumbeat_store_checkpoints_total", .counter, "Times the write-ahead log was moved into the database."
    )

    // Deliveries.
    static let outboxPending = MetricFamily(
        "drumbeat_outbox_pending", .gauge,
        "Webhook deliveries that are pending, as of the last second; 100000 means more.")
    static let outboxOldestDue = MetricFamily(
        "drumbeat_outbox_oldest_due_seconds", .gauge,
        "How long the oldest pending delivery has been due; 0 for none.")
    static let deliveries = MetricFamily(
        "drumbeat_webhook_deliveries_total", .counter, labels: ["result"],
        "Attempts to deliver, by what became of them.")
    static let attemptDuration = MetricFamily(
        "drumbeat_webhook_attempt_duration_seconds", .histogram, "How long attempts to deliver took.")
    static let attemptsInFlight = MetricFamily(
        "drumbeat_webhook_attempts_in_flight", .gauge, "Attempts to deliver that are under way.")

    // HTTP.
    static let requests = MetricFamily(
        "drumbeat_http_requests_total", .counter, labels: ["method", "route", "code"],
        "Requests that reached a route and were answered.")
    static let requestDuration = MetricFamily(
        "drumbeat_http_request_duration_seconds", .histogram, labels: ["method", "route"],
        "From the last byte of a request to its answer.")
    static let requestsRefused = MetricFamily(
        "drumbeat_http_heads_refused_total", .counter, labels: ["problem"],
        "Requests that were refused before they reached a route.")
    static let authenticationFailures = MetricFamily(
        "drumbeat_authentication_failures_total", .counter, labels: ["reason"],
        "Requests without a good token.")
    static let connections = MetricFamily("drumbeat_http_connections", .gauge, "Connections that are open.")
    static let connectionsRefused = MetricFamily(
        "drumbeat_http_connections_refused_total", .counter, "Connections that were turned away as too many.")
    static let longPolls = MetricFamily(
        "drumbeat_long_polls", .gauge, "Requests that wait for something to happen.")
    static let streams = MetricFamily("drumbeat_streams", .gauge, "Streams of events that are open.")

    // The process.
    static let buildInfo = MetricFamily(
        "drumbeat_build_info", .gauge, labels: ["version"], "Always 1; the label says what runs.")
    static let logLinesDropped = MetricFamily(
        "drumbeat_log_lines_dropped_total", .counter,
        "Lines of the log that were lost: nobody read them in time.")
    static let processStart = MetricFamily(
        "process_start_time_seconds", .gauge, "When the process began, in seconds since the Unix epoch.")
    static let processCPU = MetricFamily(
        "process_cpu_seconds_total", .counter,
        "Time that the process spent computing, in user space and kernel.")
    static let processResident = MetricFamily(
        "process_resident_memory_bytes", .gauge, "Memory of the process that is in RAM.")
    static let processOpenFDs = MetricFamily("process_open_fds", .gauge, "Descriptors that are open.")
    static let processMaxFDs = MetricFamily("process_max_fds", .gauge, "Descriptors that may be open.")

    /// In the order of the page.
    public static let all: [MetricFamily] = [
        incidentsOpen, incidentsBreached, incidentsDeclared, updatesOverdue, updatesPublished, updateLateness,
        nagsSent, nagLateness, schedulerLastTick, schedulerLag,
        laneBatches, laneBatchOrders, laneOrdersRefused, laneSyncs, laneCommitDuration, laneWaiting,
        laneOverflows,
        laneStalled, storeState, storeFaults, storeCheckpoints,
        outboxPending, outboxOldestDue, deliveries, attemptDuration, attemptsInFlight,
        requests, requestDuration, requestsRefused, authenticationFailures, connections, connectionsRefused,
        longPolls, streams,
        buildInfo, logLinesDropped, processStart, processCPU, processResident, processOpenFDs, processMaxFDs,
    ]
}
