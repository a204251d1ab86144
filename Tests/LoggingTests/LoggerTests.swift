@preconcurrency import Dispatch
import Glibc
import Logging
import Synchronization
import TestSupport
import Testing
import Threads
import Time

/// A pipe whose ends are closed with it.
private final class Pipe: Sendable {
    let reader: Int32
    let writer: Int32
    private let isReaderOpen = Mutex(true)

    init() throws {
        // The logger expects what the process's start sees to.
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        (reader, writer) = (ends[0], ends[1])
    }

    deinit {
        close(writer)
        closeReader()
    }

    func closeReader() {
        isReaderOpen.withLock { isOpen in
            if isOpen { close(reader) }
            isOpen = false
        }
    }

    /// What can be read without waiting, at most 64 KiB.
    func readSome() -> String {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var request = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, 0) > 0 else { return "" }
        let count = read(reader, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}

@Suite(.serialized) struct LoggerTests {
    private let pipe: Pipe
    private let time = ManualTime()

    init() throws {
        pipe = try Pipe()
    }

    private func logger(_ level: Logger.Level = .debug, _ format: Logger.Format = .text) -> Logger {
        Logger(level: level, format: format, descriptor: pipe.writer, time: time)
    }

    @Test func `a line has its time, level, event and fields`() {
        let logger = logger()
        logger.info("delivery.failed", [("endpoint", "chat"), ("attempt", "3")])
        time.advance(by: .milliseconds(1))
        logger.error("store.broken")
        logger.flush()
        #expect(
            pipe.readSome() == """
                2026-01-15T10:00:00.000Z info delivery.failed endpoint=chat attempt=3
                2026-01-15T10:00:00.001Z error store.broken

                """)
    }

    @Test func `a JSON line has the same members`() {
        let logger = logger(.debug, .json)
        logger.warning("delivery.failed", [("endpoint", "a \"b\""), ("attempt", "3")])
        logger.flush()
        #expect(
            pipe.readSome()
                == #"{"time":"2026-01-15T10:00:00.000Z","level":"warning","event":"delivery.failed","#
                + #""endpoint":"a \"b\"","attempt":3}"# + "\n")
    }

    @Test(arguments: [
        ("status", "503", "503"), ("status", "0", "0"), ("count", "-7", "-7"), ("status", "007", #""007""#),
        ("status", "5x", #""5x""#), ("status", "", #""""#), ("status", "-", #""-""#),
        ("token", "123", #""123""#), ("position", "4711", "4711"), ("gap_milliseconds", "53", "53"),
        ("events_behind", "9", "9"), ("pending", "2", "2"), ("overlap_seconds", "86400", "86400"),
        ("count", "1234567890123456", #""1234567890123456""#),
    ])
    func `only what is a number by its name is one in JSON`(name: String, value: String, shown: String) {
        let logger = logger(.debug, .json)
        logger.info("x", [(name, value)])
        logger.flush()
        #expect(pipe.readSome().hasSuffix("\"\(name)\":\(shown)}\n"))
    }

    @Test(arguments: [
        ("plain", "plain"), ("a/b?c:d;é", #""a/b?c:d;é""#), ("", #""""#), ("a b", #""a b""#),
        ("a=b", #""a=b""#),
        ("\"", #""\"""#), ("\\", #""\\""#), ("a\nb", #""a\nb""#), ("\r\n", #""\r\n""#), ("\t", #""\t""#),
        ("\u{1B}[31m", #""\u001b[31m""#), ("\u{7F}", #""\u007f""#), ("\u{9B}31m", #""\u009b31m""#),
        ("\u{0}", #""\u0000""#), ("\u{2028}\u{2029}", #""\u2028\u2029""#), ("\"\u{301}", "\"\\\"\u{301}\""),
        ("😀", "\"😀\""), ("a\u{202E}b\u{2066}", #""a\u202eb\u2066""#),
        ("a\u{200B}\u{200D}\u{FEFF}\u{61C}", #""a\u200b\u200d\ufeff\u061c""#),
        ("a\u{AD}\u{3164}\u{E0041}", #""a\u00ad\u3164\udb40\udc41""#),
    ])
    func `values that could mislead a reader are quoted and escaped`(value: String, shown: String) {
        let logger = logger()
        logger.info("e", [("k", value)])
        logger.flush()
        #expect(pipe.readSome() == "2026-01-15T10:00:00.000Z info e k=\(shown)\n")
    }

    @Test(arguments: ["x", "é", "\u{1B}", "😀"])
    func `a long value is cut at 2 KiB, between characters`(unit: String) {
        for format in Logger.Format.allCases {
            let logger = logger(.debug, format)
            logger.info("e", [("k", String(repeating: unit, count: 10_000))])
            logger.flush()
            let line = pipe.readSome()
            #expect((2_040...2_200).contains(line.utf8.count))
            #expect(line.contains("…\""))
            #expect(!line.contains("\u{FFFD}"))
        }
    }

    @Test func `events below the level are left out`() {
        let logger = logger(.warning)
        logger.debug("a")
        logger.info("b")
        logger.warning("c")
        logger.error("d")
        logger.flush()
        #expect(
            pipe.readSome() == """
                2026-01-15T10:00:00.000Z warning c
                2026-01-15T10:00:00.000Z error d

                """)
    }

    @Test(.timeLimit(.minutes(1)))
    func `who logs into a full pipe is not kept waiting, and every line is written or counted`() {
        let logger = logger()
        for number in 0..<20_000 { logger.info("e", [("n", "\(number)")]) }
        let dropped = logger.linesDropped
        #expect(dropped > 10_000)

        // The pipe is full; now someone reads it to its end.
        let text = Mutex("")
        let end = DispatchSemaphore(value: 0)
        let reader = WorkerThread(name: "reader") { [pipe] in
            while end.wait(timeout: .now()) == .timedOut {
                let some = pipe.readSome()
                text.withLock { $0 += some }
                if some.isEmpty { sched_yield() }
            }
            let rest = pipe.readSome()
            text.withLock { $0 += rest }
        }
        reader.start()
        logger.close()
        end.signal()
        #expect(reader.join(within: .seconds(10)))

        let lines = text.withLock { $0.split(separator: "\n") }
        let reports = lines.filter { $0.contains("log.lines_dropped") }
        let told = reports.compactMap { $0.split(separator: "=").last }.compactMap { Int($0) }.reduce(0, +)
        #expect(told == dropped)
        #expect(lines.count - reports.count + dropped == 20_000)
        #expect(logger.linesDropped == dropped)
    }

    @Test func `a flood of ordinary events leaves a quarter of the queue to what needs attention`() {
        let logger = logger()
        // More than the pipe and the queue hold, so that the queue is full of them.
        for number in 0..<20_000 { logger.info("flood", [("n", "\(number)")]) }
        let before = logger.linesDropped
        for _ in 0..<200 { logger.warning("nag.delayed") }
        #expect(logger.linesDropped == before)
        logger.info("flood")
        #expect(logger.linesDropped == before + 1)
        for _ in 0..<600 { logger.warning("nag.delayed") }
        #expect(logger.linesDropped > before + 1, "there is an end to it")
    }

    @Test(.timeLimit(.minutes(1)))
    func `closing does not wait for a reader that never reads`() {
        let logger = logger()
        for number in 0..<20_000 { logger.info("e", [("n", "\(number)")]) }
        logger.flush()
        logger.close()
        logger.info("late")
        #expect(logger.linesDropped > 0)
    }

    @Test func `a reader that went away is no fault of the service`() {
        pipe.closeReader()
        let logger = logger()
        for _ in 0..<10 { logger.info("e") }
        logger.flush()
        #expect(logger.linesDropped == 10)
    }

    @Test func `a descriptor that is closed is no fault of the service`() {
        let logger = Logger(level: .info, format: .text, descriptor: 9_999, time: time)
        for _ in 0..<10 { logger.info("e") }
        logger.flush()
        #expect(logger.linesDropped == 10)
        logger.close()
    }

    @Test func `lines lost to a full disk are told of when writing works again`() throws {
        let descriptor = open("/dev/full", O_WRONLY)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let logger = Logger(level: .info, format: .text, descriptor: descriptor, time: time)
        for _ in 0..<3 { logger.info("lost") }
        logger.flush()
        #expect(logger.linesDropped == 3)
        try #require(dup2(pipe.writer, descriptor) == descriptor)
        logger.info("kept")
        logger.info("kept")
        logger.flush()
        #expect(
            pipe.readSome() == """
                2026-01-15T10:00:00.000Z warning log.lines_dropped count=3
                2026-01-15T10:00:00.000Z info kept
                2026-01-15T10:00:00.000Z info kept

                """)
        #expect(logger.linesDropped == 3)
    }

    @Test func `what was logged before the close is written`() {
        let logger = logger()
        for _ in 0..<100 { logger.info("e") }
        logger.close()
        logger.info("after")
        #expect(pipe.readSome().split(separator: "\n").count == 100)
        #expect(logger.linesDropped == 1)
    }

    @Test func `a logger that is released writes what it was given`() {
        do { logger().info("last.words") }
        var request = pollfd(fd: pipe.reader, events: Int16(POLLIN), revents: 0)
        #expect(poll(&request, 1, 10_000) == 1)
        #expect(pipe.readSome() == "2026-01-15T10:00:00.000Z info last.words\n")
    }

    @Test func `many threads log whole lines`() {
        let logger = logger()
        let threads = (0..<8).map { number in
            WorkerThread(name: "logs") {
                for _ in 0..<100 { logger.info("e", [("thread", "\(number)")]) }
            }
        }
        for thread in threads { thread.start() }
        for thread in threads { thread.join() }
        logger.close()
        let lines = pipe.readSome().split(separator: "\n")
        #expect(lines.count == 800)
        #expect(lines.allSatisfy { $0.hasPrefix("2026-01-15T10:00:00.000Z info e thread=") })
    }

    @Test func `levels and formats are named as in the settings`() {
        #expect(Logger.Level.allCases.map(\.rawValue) == ["debug", "info", "warning", "error"])
        #expect(Logger.Level.allCases.sorted() == Logger.Level.allCases)
        #expect(Logger.Format(rawValue: "json") == .json)
    }
}
