import Metrics

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
        "drumbeat_incidents_open", .gauge, labels: ["severity"],
        "Open incidents, without the confidential ones.")
    static let incidentsBreached = MetricFamily(
        "drumbeat_incidents_breached", .gauge,
        "Open incidents that breached their cadence: no update after nag 3.")
    static let incidentsDeclared = MetricFamily(
        "drumbeat_incidents_declared_total", .counter, labels: ["severity"], "Incidents declared.")
    static let updatesOverdue = MetricFamily(
        "drumbeat_updates_overdue", .gauge, "Open incidents with an overdue status update.")
    static let updatesPublished = MetricFamily(
        "drumbeat_updates_published_total", .counter, labels: ["severity"],
        "Status updates published.")
    static let updateLateness = MetricFamily(
        "drumbeat_update_lateness_seconds", .histogram, labels: ["severity"],
        "Lateness of status updates that had a deadline.")
    static let nagsSent = MetricFamily(
        "drumbeat_nags_sent_total", .counter, labels: ["about"], "Nags sent, by topic.")
    static let nagsUnheard = MetricFamily(
        "drumbeat_nags_unheard_total", .counter,
        "Nags sent while no webhook subscribed to them, or each had failed three times in a row.")
    static let nagLateness = MetricFamily(
        "drumbeat_nag_lateness_seconds", .histogram, "Time from a nag's due time to its commit.")
    static let schedulerLastTick = MetricFamily(
        "drumbeat_scheduler_last_tick_timestamp_seconds", .gauge, "Time of the scheduler's last tick.")
    static let schedulerLag = MetricFamily(
        "drumbeat_scheduler_lag_seconds", .gauge,
        "Delay of the scheduler's next tick; 0 when on time.")

    // The write lane and the store.
    static let laneBatches = MetricFamily(
        "drumbeat_lane_batches_total", .counter, "Batches processed by the write lane.")
    static let laneBatchOrders = MetricFamily(
        "drumbeat_lane_batch_requests", .histogram, "Requests per batch.")
    static let laneOrdersRefused = MetricFamily(
        "drumbeat_lane_orders_refused_total", .counter,
        "Requests refused by a rule, an Idempotency-Key or an entity tag.")
    static let laneSyncs = MetricFamily(
        "drumbeat_lane_syncs_total", .counter, "Commits of the write lane; each is one sync to disk.")
    static let laneCommitDuration = MetricFamily(
        "drumbeat_lane_commit_duration_seconds", .histogram,
        "Duration of a commit: lock, rules, SQL and sync.")
    static let laneWaiting = MetricFamily(
        "drumbeat_lane_waiting", .gauge, labels: ["line"], "Requests waiting for the write lane.")
    static let laneOverflows = MetricFamily(
        "drumbeat_lane_overflows_total", .counter, labels: ["line"],
        "Requests refused because the queue was full or too slow.")
    static let laneStalled = MetricFamily(
        "drumbeat_lane_stalled_seconds", .gauge,
        "Time since the write lane last answered while requests are waiting.")
    static let storeState = MetricFamily(
        "drumbeat_store_state", .gauge, labels: ["state"],
        "1 for the current state of the store, 0 for the others.")
    static let storeFaults = MetricFamily(
        "drumbeat_store_faults_total", .counter, labels: ["kind"], "Faults of the store, by kind.")
    static let storeCheckpoints = MetricFamily(
        "drumbeat_store_checkpoints_total", .counter, "Checkpoints of the write-ahead log."
    )

    // Deliveries.
    static let outboxPending = MetricFamily(
        "drumbeat_outbox_pending", .gauge,
        "Pending webhook deliveries, counted each second up to 100000.")
    static let outboxOldestDue = MetricFamily(
        "drumbeat_outbox_oldest_due_seconds", .gauge,
        "Time since the oldest pending delivery became due; 0 if none.")
    static let deliveries = MetricFamily(
        "drumbeat_webhook_deliveries_total", .counter, labels: ["result"],
        "Delivery attempts, by result.")
    static let attemptDuration = MetricFamily(
        "drumbeat_webhook_attempt_duration_seconds", .histogram, "Duration of delivery attempts.")
    static let attemptsInFlight = MetricFamily(
        "drumbeat_webhook_attempts_in_flight", .gauge, "Delivery attempts in progress.")

    // HTTP.
    static let requests = MetricFamily(
        "drumbeat_http_requests_total", .counter, labels: ["method", "route", "code"],
        "Requests answered by a route.")
    static let requestDuration = MetricFamily(
        "drumbeat_http_request_duration_seconds", .histogram, labels: ["method", "route"],
        "Time from the last byte of a request to its response.")
    static let requestsRefused = MetricFamily(
        "drumbeat_http_heads_refused_total", .counter, labels: ["problem"],
        "Requests refused before routing.")
    static let authenticationFailures = MetricFamily(
        "drumbeat_authentication_failures_total", .counter, labels: ["reason"],
        "Requests without a valid token.")
    static let connections = MetricFamily("drumbeat_http_connections", .gauge, "Open connections.")
    static let connectionsRefused = MetricFamily(
        "drumbeat_http_connections_refused_total", .counter,
        "Connections refused or evicted because of a limit.")
    static let longPolls = MetricFamily(
        "drumbeat_long_polls", .gauge, "Long polls in progress.")
    static let streams = MetricFamily("drumbeat_streams", .gauge, "Open event streams.")

    // The process.
    static let buildInfo = MetricFamily(
        "drumbeat_build_info", .gauge, labels: ["version"], "Always 1; the label is the version.")
    static let logLinesDropped = MetricFamily(
        "drumbeat_log_lines_dropped_total", .counter,
        "Log lines dropped because standard error was not read in time.")
    static let processStart = MetricFamily(
        "process_start_time_seconds", .gauge, "Start time of the process, in seconds since the Unix epoch.")
    static let processCPU = MetricFamily(
        "process_cpu_seconds_total", .counter,
        "User and system CPU time of the process.")
    static let processResident = MetricFamily(
        "process_resident_memory_bytes", .gauge, "Resident memory of the process.")
    static let processOpenFDs = MetricFamily("process_open_fds", .gauge, "Open file descriptors.")
    static let processMaxFDs = MetricFamily("process_max_fds", .gauge, "Limit on open file descriptors.")

    /// In the order of the page.
    public static let all: [MetricFamily] = [
        incidentsOpen, incidentsBreached, incidentsDeclared, updatesOverdue, updatesPublished, updateLateness,
        nagsSent, nagsUnheard, nagLateness, schedulerLastTick, schedulerLag,
        laneBatches, laneBatchOrders, laneOrdersRefused, laneSyncs, laneCommitDuration, laneWaiting,
        laneOverflows,
        laneStalled, storeState, storeFaults, storeCheckpoints,
        outboxPending, outboxOldestDue, deliveries, attemptDuration, attemptsInFlight,
        requests, requestDuration, requestsRefused, authenticationFailures, connections, connectionsRefused,
        longPolls, streams,
        buildInfo, logLinesDropped, processStart, processCPU, processResident, processOpenFDs, processMaxFDs,
    ]
}
