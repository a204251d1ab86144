import App
import Glibc
import Logging
import OperatingSystem

/// The way from this program to the one that takes its place: asked first, then nothing more is read, then `exec`.
struct InPlaceRestart {
    let origin: InheritedSockets.Origin
    let service: Service
    let logger: Logger
    let supervisor: NotifySocket?
    /// What the supervisor was told when the service began to answer.
    let ready: String

    /// What `become` passes on.
    struct Kept {
        let listening: Int32
        let connections: [Int32]
        let since: Int64
    }

    /// The new program is called as this one was.
    private var replacement: ReplacementProgram { ReplacementProgram(arguments: CommandLine.arguments) }

    /// Asks the binary that would take over whether it runs, reads the configuration and knows the database's schema, while this
    /// one goes on answering. When it objects, this one stays.
    func isPossible() -> Bool {
        guard let objection = objection() else { return true }
        let said = objection.utf8.last == UInt8(ascii: ".") ? objection : objection + "."
        logger.error(
            "service.handover_refused",
            [("detail", "\(said) This process continues unchanged. Fix the cause, then send SIGUSR2 again.")])
        return false
    }

    private func objection() -> String? {
        let flags = Array(CommandLine.arguments.dropFirst(2))
        if let objection = replacement.objection(asking: ["config", "check"] + flags) { return objection }
        // It ends with 1 when migrations are missing too, and lists those elsewhere; the start applies them.
        return replacement.objection(asking: ["migrate", "--check"] + flags, allowing: 1)
    }

    /// Finishes what is under way and closes the store. Answers with what stays open.
    func handOver() -> Kept {
        let since = monotonicNanoseconds()
        // The time is what systemd 253 and later wants beside it.
        supervisor?.send(
            "RELOADING=1", "MONOTONIC_USEC=\(since / 1_000)", "STATUS=Restarting in place")
        let (listening, connections) = service.handOver()
        logger.info("service.handed_over", [("connections", "\(connections.count)")])
        return Kept(listening: listening, connections: connections, since: since)
    }

    /// Becomes the other program; returns only when none can be started, this one's own file included.
    func become(_ kept: Kept) -> Commands.ExitCode {
        logger.close()
        let reason = replacement.become(
            listening: kept.listening, origin: origin, connections: kept.connections, since: kept.since,
            holding: Signals.watched)
        Output.error("drumbeat serve: the restart in place failed: \(reason). Start the service again.")
        return .failure
    }

    /// What the log says about the socket at a start.
    static func fields(_ inherited: InheritedSockets?) -> [(String, String)] {
        guard let inherited else { return [("socket", "bound")] }
        guard let since = inherited.handedOverNanoseconds else { return [("socket", "inherited")] }
        return [
            ("socket", "handed_over"), ("connections", "\(inherited.connections.count)"),
            ("gap_milliseconds", "\((monotonicNanoseconds() - since) / 1_000_000)"),
        ]
    }
}

/// Of the clock that systemd means by `MONOTONIC_USEC`, the same for this program and the next.
private func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
