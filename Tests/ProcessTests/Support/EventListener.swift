import Glibc
import JSON
import Synchronization
import TestSupport
import Testing
import Threads

/// A stream client like `curl` in a loop: when its stream ends it reconnects at once, with the last id it has seen.
final class EventListener: Sendable {
    struct Heard: Sendable {
        /// Ids of the events, in order, and the texts of entries.
        var ids: [Int] = []
        var texts: [String] = []
        /// The `retry` of each `bye` event, in milliseconds.
        var retries: [Int] = []
        /// Number of streams opened.
        var opened = 0
        /// Everything that a user would call an error.
        var failures: [String] = []
    }

    private let caller: Caller
    private let path: String
    private let last: String
    private let state = Mutex(Heard())
    private let thread = Mutex<WorkerThread?>(nil)

    /// Listens until an entry with the text `last` arrives.
    init(_ caller: Caller, _ path: String, until last: String) {
        self.caller = caller
        self.path = path
        self.last = last
        let thread = WorkerThread(name: "listener") { [self] in run() }
        self.thread.withLock { $0 = thread }
        thread.start()
    }

    var heard: Heard { state.withLock { $0 } }

    func finish() -> Heard {
        if thread.withLock({ $0 })?.join(within: Deadline.usual) != true { fail("it still listens") }
        return heard
    }

    private func fail(_ why: String) {
        state.withLock { $0.failures.append(why) }
    }

    private func run() {
        var seen: Int?
        while heard.failures.isEmpty {
            guard let connection = PlainConnection(port: caller.port) else { return fail("no connection") }
            defer { connection.close() }
            let field = seen.map { "Last-Event-ID: \($0)\r\n" } ?? ""
            let request =
                "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(caller.port)\r\n"
                + "Authorization: Bearer \(caller.token ?? "")\r\n\(field)\r\n"
            let lines = LineReader(connection)
            guard connection.write(request), lines.next() == "HTTP/1.1 200 OK" else {
                return fail("no stream with \(field)")
            }
            state.withLock { $0.opened += 1 }
            if listen(lines, &seen) { return }
        }
    }

    /// Reads one stream to its end; `true` when the last entry has arrived.
    private func listen(_ lines: LineReader, _ seen: inout Int?) -> Bool {
        var event = ""
        var retries: [Int] = []
        while let line = lines.next() {
            if let id = Self.value(of: "id", line) {
                seen = Int(id)
            } else if let time = Self.value(of: "retry", line) {
                retries.append(Int(time) ?? -1)
            } else if let name = Self.value(of: "event", line) {
                event = name
            } else if let data = Self.value(of: "data", line) {
                switch event {
                case "bye":
                    // The first `retry` is in the opening events.
                    guard retries.count == 2 else {
                        fail("\(retries.count - 1) times retry with a farewell")
                        return false
                    }
                    state.withLock { $0.retries.append(retries[1]) }
                case "reset": fail("reset at \(seen ?? -1): \(data)")
                default:
                    let text = (try? JSONReader.read(Array(data.utf8)))?["text"]?.text ?? ""
                    state.withLock { state in
                        state.ids.append(seen ?? -1)
                        state.texts.append(text)
                    }
                    if text == last { return true }
                }
            }
        }
        if event != "bye" { fail("a stream ended without a farewell") }
        return false
    }

    private static func value(of name: String, _ line: String) -> String? {
        line.hasPrefix(name + ": ") ? String(line.dropFirst(name.utf8.count + 2)) : nil
    }
}
