import App
import Glibc
import Platform
import Synchronization
import Time

extension Commands {
    static let serve = Command(
        name: "serve", summary: "run the service",
        help: """
            usage: drumbeat serve [--config FILE] [--listen ADDRESS:PORT] [--database sqlite:FILE] [--KEY VALUE …]

            Runs the service until SIGTERM or SIGINT, which end it in order (a second one at once). The first start makes the
            database and prints an admin token, once. Logs go to standard error.
            """
    ) { invocation in
        try invocation.allow(atMost: 0)
        let configuration = invocation.configuration
        umask(0o077)
        ZoneText.adopt(configuration.timeZone)
        // SIGPIPE and a file-size limit must not end the service, so this comes before anything is opened.
        let signals = Signals()
        let time = SystemTime()
        let logger = Logger(
            level: configuration.logLevel,
            format: configuration.logFormat ?? (isatty(2) == 1 ? .text : .json), time: time)
        defer { logger.close() }
        for warning in invocation.warnings {
            logger.warning("configuration.unknown_key", [("detail", warning)])
        }

        let ending = Ending()
        signals.onTermination { count in
            // At once: `exit` would run destructors under the threads that still work.
            if count > 1 { _exit(ExitCode.failure.rawValue) }
            ending.end(.success)
        }
        let service = try Service(configuration, logger: logger, time: time, random: SystemRandom()) { why in
            logger.error(
                "service.store_broken",
                [("detail", "\(why). Run drumbeat verify, and restore a backup if it fails.")])
            ending.end(.failure)
        }
        if let secret = service.adminSecret {
            Output.print(Greeting.text(address: service.address, secret: secret))
        }
        service.open()
        logger.info(
            "service.started",
            [
                ("address", service.address), ("database", configuration.database),
                ("version", drumbeatVersion),
            ])
        let supervisor = NotifySocket(environment: Libraries.environment)
        let watchdog = supervisor.flatMap { service.watchdog(of: $0, time: time) }
        if supervisor?.send("READY=1", "STATUS=Answers on http://\(service.address)") == false {
            logger.warning(
                "supervisor.unreachable",
                [
                    (
                        "detail",
                        "NOTIFY_SOCKET names a socket that takes nothing: a unit of Type=notify will be stopped."
                    )
                ])
        }
        watchdog?.start()

        let code = ending.wait()
        supervisor?.send("STOPPING=1", "STATUS=Ends: requests and deliveries under way are finished")
        // What a broken store leaves waiting cannot be answered any more.
        service.stop(drainingWithin: code == .success ? Service.drainMax : Service.brokenDrainMax)
        watchdog?.stop()
        logger.info("service.stopped")
        return code
    }

    /// Why and when the service ends: the first reason counts.
    private final class Ending: Sendable {
        private let code = Mutex<ExitCode?>(nil)
        private let latch = Latch()

        func end(_ reason: ExitCode) {
            let first = code.withLock { code in
                defer { code = code ?? reason }
                return code == nil
            }
            if first { latch.open() }
        }

        func wait() -> ExitCode {
            latch.wait()
            return code.withLock { $0 } ?? .failure
        }
    }
}

/// What a first start prints: the one moment at which the admin token can be seen.
enum Greeting {
    static func text(address: String, secret: String) -> String {
        """
        Drumbeat listens on http://\(address). This is the admin token; it is shown only this once:

          \(secret)

        Try:

          export DRUMBEAT_URL=http://\(address) DRUMBEAT_TOKEN=\(secret)
          curl -H "Authorization: Bearer $DRUMBEAT_TOKEN" $DRUMBEAT_URL/v1/incidents --json '{"title": "People cannot sign in", "severity": "major"}'
          curl -H "Authorization: Bearer $DRUMBEAT_TOKEN" $DRUMBEAT_URL/v1/incidents/INC-1/timeline --json '{"text": "errors began at 10:02"}'
          curl -H "Authorization: Bearer $DRUMBEAT_TOKEN" $DRUMBEAT_URL/v1/incidents/INC-1/status-updates/draft

        """
    }
}
