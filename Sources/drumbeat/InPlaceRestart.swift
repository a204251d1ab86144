import App
import Glibc
import Logging
import OperatingSystem

/// In-place restart: the new program is checked first, then reading stops, then `exec`.
struct InPlaceRestart {
    let origin: InheritedSockets.Origin
    let service: Service
    let logger: Logger
    let supervisor: NotifySocket?
    /// The status reported to the supervisor when the service started to answer.
    let ready: String

    /// What `become` passes to the new program.
    struct Kept {
        let listening: Int32
        let connections: [Int32]
        let strangers: Set<Int32>
        let since: Int64
    }

    /// The new program is started with this one's arguments.
    private var replacement: ReplacementProgram { ReplacementProgram(arguments: ProcessArguments.all) }

    /// Checks whether the new binary runs, accepts the configuration and knows the database's schema, while this process continues to
    /// serve. If it fails, this process stays.
    func isPossible() -> Bool {
        guard let objection = objection() else { return true }
        let said = objection.utf8.last == UInt8(ascii: ".") ? objection : objection + "."
        logger.error(
            "service.handover_refused",
            [("detail", "\(said) This process continues unchanged. Fix the cause, then send SIGUSR2 again.")])
        // `systemctl reload` has succeeded by now; `systemctl status` shows this.
        let line = said.split(whereSeparator: \.isNewline).joined(separator: " ")
        supervisor?.send("\(ready). The last reload was refused: \(line)")
        return false
    }

    private func objection() -> String? {
        let flags = Array(ProcessArguments.all.dropFirst(2))
        if let objection = replacement.objection(asking: ["config", "check"] + flags) { return objection }
        // Also exits with 1 when migrations are pending, and lists them on another stream; the start applies them.
        return replacement.objection(asking: ["migrate", "--check"] + flags, allowing: 1)
    }

    /// Finishes pending work and closes the store. Returns the descriptors that stay open.
    func handOver() -> Kept {
        let since = monotonicNanoseconds()
        // systemd 253 and later requires the time with RELOADING.
        supervisor?.send(
            "RELOADING=1", "MONOTONIC_USEC=\(since / 1_000)", "STATUS=Restarting in place")
        let (listening, connections, strangers) = service.handOver()
        logger.info("service.handed_over", [("connections", "\(connections.count)")])
        return Kept(listening: listening, connections: connections, strangers: strangers, since: since)
    }

    /// Replaces the process with the new program. Returns only when none can be started, including this process's own file.
    func become(_ kept: Kept) -> Commands.ExitCode {
        logger.close()
        let reason = replacement.become(
            listening: kept.listening, origin: origin, connections: kept.connections,
            strangers: kept.strangers, since: kept.since, holding: Signals.watched)
        Output.error("drumbeat serve: the restart in place failed: \(reason). Start the service again.")
        return .failure
    }

    /// Log fields about the listening socket at startup.
    static func fields(_ inherited: InheritedSockets?) -> [(String, String)] {
        guard let inherited else { return [("socket", "bound")] }
        guard let since = inherited.handedOverNanoseconds else { return [("socket", "inherited")] }
        return [
            ("socket", "handed_over"), ("connections", "\(inherited.connections.count)"),
            ("gap_milliseconds", "\((monotonicNanoseconds() - since) / 1_000_000)"),
        ]
    }
}

/// The clock of systemd's `MONOTONIC_USEC`, the same for this program and the next.
private func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
