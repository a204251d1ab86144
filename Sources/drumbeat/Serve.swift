import App
import Client
import Encoding
import Glibc
import Logging
import OperatingSystem
import Synchronization
import Threads
import Time

extension Commands {
    static let serve = Command(
        .serve,
        help: """
            usage: drumbeat serve [--config FILE] [--listen ADDRESS:PORT] [--database sqlite:FILE] [--KEY VALUE …]

            Runs the service until SIGTERM or SIGINT. The first signal stops it gracefully, a second one at once. SIGUSR2 restarts
            the binary in place and loses no request. The first start creates the database and prints an admin token, once. Logs go to
            standard error. A socket in LISTEN_FDS is used instead of DRUMBEAT_LISTEN.
            """
    ) { invocation in
        try invocation.allow(atMost: 0)
        // Before other threads exist, because it changes the environment.
        let inherited = try InheritedSockets.take(environment: Libraries.environment)
        var configuration = invocation.configuration
        configuration.server.inherited = inherited?.listening
        configuration.server.isShared = inherited?.origin == .supervisor
        configuration.server.connections = inherited?.connections ?? []
        configuration.server.strangers = inherited?.strangers ?? []
        umask(0o077)
        LocalTime.adopt(configuration.timeZone)
        // Before anything is opened: SIGPIPE and a file-size limit must not end the service.
        let signals = Signals()
        let time = SystemTime()
        let logger = Logger(
            level: configuration.logLevel,
            format: configuration.logFormat ?? (isatty(2) == 1 ? .text : .json), time: time)
        defer { logger.close() }
        for warning in invocation.warnings {
            logger.warning("configuration.unknown_key", [("detail", warning)])
        }

        let shutdown = ShutdownSignal()
        signals.onTermination { count in
            // At once: `exit` would run destructors while threads still work.
            if count > 1 { _exit(ExitCode.failure.rawValue) }
            shutdown.end(.success)
        }
        // Before the service is announced; a signal during startup is handled after it.
        signals.onReplacement { shutdown.replace() }
        let service = try Service(configuration, logger: logger, time: time, random: SystemRandom()) { why in
            logger.error(
                "service.store_broken",
                [("detail", "\(why). Run drumbeat verify, and restore a backup if it fails.")])
            shutdown.end(.failure)
        }
        if let secret = service.adminSecret {
            Output.print(Greeting.text(address: service.address, secret: secret))
        }
        service.open()
        logger.info(
            "service.started",
            [
                ("address", service.address), ("database", configuration.database),
                ("configuration", configuration.file ?? "none"), ("version", drumbeatVersion),
            ] + InPlaceRestart.fields(inherited))
        let supervisor = NotifySocket(environment: Libraries.environment)
        let watchdog = supervisor.flatMap { service.watchdog(of: $0, time: time) }
        let ready = "STATUS=Listening on http://\(service.address)"
        if supervisor?.send("READY=1", ready) == false {
            logger.warning(
                "supervisor.unreachable",
                [
                    (
                        "detail",
                        "NOTIFY_SOCKET names a socket that does not accept messages; systemd will stop a unit of Type=notify."
                    )
                ])
        }
        watchdog?.start()

        let restart = InPlaceRestart(
            origin: inherited?.origin ?? .itself, service: service, logger: logger, supervisor: supervisor,
            ready: ready)
        while shutdown.wait() == nil {
            // A termination signal arrived during the check: end, and leave no connections for a successor that will not come.
            guard restart.isPossible(), shutdown.code == nil else { continue }
            let kept = restart.handOver()
            watchdog?.stop()
            // A termination signal arrived meanwhile: kept connections have no successor, unless a supervisor holds the socket.
            if let code = shutdown.code { return code }
            return restart.become(kept)
        }
        let code = shutdown.code ?? .failure
        supervisor?.send("STOPPING=1", "STATUS=Stopping: finishing requests and deliveries")
        // After a broken store, queued requests cannot be answered.
        service.stop(drainingWithin: code == .success ? Service.drainMax : Service.brokenDrainMax)
        watchdog?.stop()
        logger.info("service.stopped")
        return code
    }

    /// Requests from signals and the store to end or restart the process. The first reason to end counts.
    private final class ShutdownSignal: Sendable {
        private let ending = Mutex<ExitCode?>(nil)
        private let event = OneShotEvent()

        /// The exit code; `nil` while the process is to go on.
        var code: ExitCode? { ending.withLock { $0 } }

        func end(_ reason: ExitCode) {
            let first = ending.withLock { code in
                defer { code = code ?? reason }
                return code == nil
            }
            if first { event.open() }
        }

        func replace() { event.open() }

        /// Waits for the next signal; `nil` requests an in-place restart.
        func wait() -> ExitCode? {
            event.wait()
            return code
        }
    }
}

/// Output of a first start: the only time that the admin token is shown.
enum Greeting {
    static func text(address: String, secret: String) -> String {
        """
        Drumbeat listens on http://\(address). This is the admin token. It is shown only once:

          \(secret)

        Try, in a second terminal:

          export DRUMBEAT_URL=http://\(address) DRUMBEAT_TOKEN=\(secret)
          curl -sS -w '\\n' --oauth2-bearer "$DRUMBEAT_TOKEN" "$DRUMBEAT_URL/v1/incidents" \
        --json '{"title": "People cannot sign in", "severity": "major"}'
          curl -sS -w '\\n' --oauth2-bearer "$DRUMBEAT_TOKEN" "$DRUMBEAT_URL/v1/incidents/INC-1/timeline" \
        --json '{"text": "errors began at 10:02"}'
          curl -sS -w '\\n' --oauth2-bearer "$DRUMBEAT_TOKEN" "$DRUMBEAT_URL/v1/incidents/INC-1/status-updates/draft"

        """
    }
}
