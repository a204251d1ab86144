import Threads
import Time

/// Writes one line per event to a descriptor, without ever blocking the caller.
///
/// Lines go through a bounded buffer, which a dedicated thread writes out. If the reader is slow or gone, lines are dropped and counted,
/// and the next line written is preceded by their number.
public final class Logger: Sendable {
    /// Severity of an event, ascending.
    public enum Level: String, Comparable, CaseIterable, Sendable {
        /// For troubleshooting.
        case debug
        /// Normal operation.
        case info
        /// Needs attention during working hours.
        case warning
        /// Needs attention now.
        case error

        public static func < (left: Level, right: Level) -> Bool {
            left.rank < right.rank
        }

        private var rank: Int {
            switch self {
            case .debug: 0
            case .info: 1
            case .warning: 2
            case .error: 3
            }
        }
    }

    public enum Format: String, CaseIterable, Sendable {
        /// `2026-01-15T10:17:00.000Z info delivery.failed webhook=… attempt=3`
        case text
        /// `{"time":"…","level":"info","event":"delivery.failed","webhook":"…"}`
        case json
    }

    private let level: Level
    private let format: Format
    private let time: any TimeSource
    private let buffer = LogBuffer()
    private let thread: WorkerThread

    /// Timeout of `flush` and `close`.
    private static let timeout = Duration.seconds(1)

    /// Drops events below `level` and writes the rest to `descriptor`, which the caller keeps open.
    ///
    /// Lines have the wall clock's time. SIGPIPE must be ignored (see `Signals`).
    public init(level: Level, format: Format, descriptor: Int32 = 2, time: any TimeSource) {
        self.level = level
        self.format = format
        self.time = time
        thread = WorkerThread(name: "log") { [buffer] in
            var writer = LogWriter(descriptor: descriptor, buffer: buffer) { count in
                let fields = [("count", String(count))]
                return LogLine(time: time.wall(), level: .warning, event: "log.lines_dropped", fields: fields)
                    .encoded(format)
            }
            writer.run()
        }
        thread.start()
    }

    deinit {
        buffer.close(within: Self.timeout)
    }

    /// Lines dropped since startup, because the buffer was full or the write failed.
    public var linesDropped: Int {
        buffer.linesDropped
    }

    /// Logs an event with a past-tense name such as "delivery.failed", and its fields in the given order.
    ///
    /// Control characters are escaped; values are cut to 2 KiB. Any thread; never blocks.
    public func log(_ level: Level, _ event: String, _ fields: [(String, String)] = []) {
        guard level >= self.level else { return }
        buffer.add(
            LogLine(time: time.wall(), level: level, event: event, fields: fields).encoded(format), level)
    }

    public func debug(_ event: String, _ fields: [(String, String)] = []) {
        log(.debug, event, fields)
    }

    public func info(_ event: String, _ fields: [(String, String)] = []) {
        log(.info, event, fields)
    }

    public func warning(_ event: String, _ fields: [(String, String)] = []) {
        log(.warning, event, fields)
    }

    public func error(_ event: String, _ fields: [(String, String)] = []) {
        log(.error, event, fields)
    }

    /// Waits until everything logged so far is written or dropped, at most one second.
    public func flush() {
        buffer.flush(within: Self.timeout)
    }

    /// Writes queued lines for at most one second, then ends the thread. Later events are dropped.
    public func close() {
        buffer.close(within: Self.timeout)
        // The thread may still be blocked in a write; then the process exits without it.
        _ = thread.join(within: Self.timeout + .milliseconds(200))
    }
}
