import Threads
import Time

/// Writes one line an event to a descriptor, and never makes who logs wait.
///
/// Lines go into a bounded buffer, which a thread of its own writes out. When the reader is slow or gone, lines are
/// dropped and counted, and the next line that can be written says how many. Source: style.md, rule 16.
public final class Logger: Sendable {
    /// How much an event matters, from least to most.
    public enum Level: String, Comparable, CaseIterable, Sendable {
        /// For who looks for a fault.
        case debug
        /// What went as it should.
        case info
        /// What someone should look at by day.
        case warning
        /// What someone should look at now.
        case error

        /// Orders levels from `debug` to `error`.
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

    /// How a line looks.
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

    /// How long `flush` and `close` wait.
    private static let timeout = Duration.seconds(1)

    /// A logger that drops what is below `level` and writes the rest to `descriptor`, which stays the caller's.
    ///
    /// Lines bear the wall clock's time. SIGPIPE must be ignored (see `Signals`).
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

    /// How many lines have been dropped so far, for want of room or because they could not be written.
    public var linesDropped: Int {
        buffer.linesDropped
    }

    /// Logs an event, by a past-tense name such as "delivery.failed", with its fields in that order.
    ///
    /// Control characters are escaped, and of a value at most 2 KiB are kept. Any thread; never blocks.
    public func log(_ level: Level, _ event: String, _ fields: [(String, String)] = []) {
        guard level >= self.level else { return }
        buffer.add(LogLine(time: time.wall(), level: level, event: event, fields: fields).encoded(format))
    }

    /// Logs for who looks for a fault.
    public func debug(_ event: String, _ fields: [(String, String)] = []) {
        log(.debug, event, fields)
    }

    /// Logs what went as it should.
    public func info(_ event: String, _ fields: [(String, String)] = []) {
        log(.info, event, fields)
    }

    /// Logs what someone should look at by day.
    public func warning(_ event: String, _ fields: [(String, String)] = []) {
        log(.warning, event, fields)
    }

    /// Logs what someone should look at now.
    public func error(_ event: String, _ fields: [(String, String)] = []) {
        log(.error, event, fields)
    }

    /// Waits until what was logged before is written or dropped; at most a second.
    public func flush() {
        buffer.flush(within: Self.timeout)
    }

    /// Writes out what it can within a second, and ends; what is logged afterwards is dropped.
    public func close() {
        buffer.close(within: Self.timeout)
        // It may stand in a write that blocks after all; then the process ends without it.
        _ = thread.join(within: Self.timeout + .milliseconds(200))
    }
}
