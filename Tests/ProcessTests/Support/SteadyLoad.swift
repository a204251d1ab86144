import Glibc
import Platform
import Synchronization
import Testing

/// Clients that read and write without a pause or with short ones, on connections that they keep, and count what goes wrong.
final class SteadyLoad: Sendable {
    struct Count: Sendable {
        var answered = 0
        /// Sent again on a new connection, as RFC 9112 §9.3.1 lets every client do: the kept connection had ended before a byte of
        /// the answer came, and the request was a GET or had a key.
        var repeated = 0
        /// What was acknowledged: the texts of the entries.
        var acknowledged: [String] = []
        /// Everything that a user would call an error.
        var failures: [String] = []
    }

    private let caller: Caller
    private let incident: String
    private let isEnding = Atomic(false)
    private let count = Mutex(Count())
    private let threads = Mutex<[WorkerThread]>([])

    /// So many clients of a service; every fourth takes a rest of some 300 ms between two requests.
    init(_ caller: Caller, incident: String, clients: Int) {
        self.caller = caller
        self.incident = incident
        let threads = (0..<clients).map { number in
            WorkerThread(name: "client") { [self] in run(number) }
        }
        self.threads.withLock { $0 = threads }
        for thread in threads { thread.start() }
    }

    /// How it stands.
    var counted: Count { count.withLock { $0 } }

    /// Waits until so many more requests have been answered.
    func proceeds(by more: Int) -> Bool {
        let goal = counted.answered + more
        return becomes { counted.answered >= goal || !counted.failures.isEmpty }
    }

    /// Ends every client after its request, and says what was counted.
    func end() -> Count {
        isEnding.store(true, ordering: .relaxed)
        for thread in threads.withLock({ $0 }) where !thread.join(within: Binary.patience) {
            fail("a client hangs")
        }
        return counted
    }

    private func fail(_ why: String) {
        count.withLock { $0.failures.append(why) }
    }

    private func run(_ number: Int) {
        var connection: PlainConnection?
        var turn = 0
        while !isEnding.load(ordering: .relaxed), count.withLock({ $0.failures.count < 20 }) {
            turn += 1
            let text = "entry \(number)-\(turn)"
            if turn.isMultiple(of: 2) {
                ask(read(), expecting: 200, on: &connection)
            } else if ask(write(text), expecting: 201, on: &connection) {
                count.withLock { $0.acknowledged.append(text) }
            }
            if number.isMultiple(of: 4) { poll(nil, 0, 280 + Int32(number) * 10) }
        }
        connection?.close()
    }

    private func read() -> String { kept("GET", "/v1/incidents/\(incident)", "", "") }

    private func write(_ text: String) -> String {
        let body = #"{"text": "\#(text)"}"#
        let fields =
            "Idempotency-Key: \(text.filter { $0 != " " })-of-the-load\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n"
        return kept("POST", "/v1/incidents/\(incident)/timeline", fields, body)
    }

    private func kept(_ method: String, _ path: String, _ fields: String, _ body: String) -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(caller.port)\r\n"
            + "Authorization: Bearer \(caller.token ?? "")\r\n\(fields)\r\n\(body)"
    }

    /// Whether it was answered as expected.
    @discardableResult
    private func ask(_ request: String, expecting status: Int, on connection: inout PlainConnection?) -> Bool
    {
        let isKept = connection != nil
        guard let used = connection ?? PlainConnection(port: caller.port) else {
            fail("no connection: \(String(cString: strerror(errno)))")
            return false
        }
        connection = used
        switch used.write(request) ? used.outcome() : .nothing {
        case .answered(let answer):
            if answer.status != status { fail("\(answer.status) for \(status): \(answer.text)") }
            count.withLock { $0.answered += 1 }
            if answer.field("connection")?.lowercased() == "close" {
                used.close()
                connection = nil
            }
            return answer.status == status
        case .nothing where isKept:
            used.close()
            connection = nil
            count.withLock { $0.repeated += 1 }
            return ask(request, expecting: status, on: &connection)
        case .nothing: fail("a new connection ended without an answer")
        case .cut: fail("an answer was cut off")
        }
        used.close()
        connection = nil
        return false
    }
}

/// A supervisor that holds a listening socket, and starts the service with it as descriptor 3 each time it is told to.
struct SocketHolder {
    /// Reads lines: "start" starts the service, "stop" sends SIGTERM and waits, "restart" does both. Says what became of it.
    static let script = """
        import os, signal, socket, sys
        kind, path = sys.argv[1], sys.argv[2]
        if kind == "unix":
            held = socket.socket(socket.AF_UNIX); held.bind("held"); held.listen()
        elif kind == "datagram":
            held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); held.bind(("127.0.0.1", 0))
        elif kind == "file":
            held = open("held", "w")
        else:
            held = socket.socket(); held.bind(("127.0.0.1", 0))
            if kind != "bound": held.listen(4096)
        names = {"two": ["a", "b"], "named": ["other", "http"]}.get(kind, ["drumbeat.socket"])
        def start():
            child = os.fork()
            if child == 0:
                copies = [os.dup(held.fileno()) for _ in names]
                spare = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                for index, copy in enumerate(copies):
                    os.dup2(spare.fileno() if kind == "named" and index == 0 else copy, 3 + index)
                    os.set_inheritable(3 + index, True)
                os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(names)), LISTEN_FDNAMES=":".join(names))
                os.execv(path, [path, "serve"])
            return child
        child = None
        for line in sys.stdin:
            if child and line.strip() in ("stop", "restart"):
                os.kill(child, signal.SIGTERM)
            if child and line.strip() in ("stop", "restart", "wait"):
                print("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
                child = None
            if line.strip() in ("start", "restart"):
                child = start()
                print("pid", child, flush=True)
        if child: os.kill(child, signal.SIGKILL); os.waitpid(child, 0)
        """

    let child: Child

    /// Holds a socket of some kind: "listening" is what a socket unit has.
    init(_ kind: String, for service: Drumbeat) throws {
        child = try Child(
            ["python3", "-c", Self.script, kind, Binary.path], in: service.folder.path, service.settings)
    }

    /// How often a line of that event is in the log.
    func count(_ event: String) -> Int {
        child.errors.lines.count { $0.contains(#""event":"\#(event)""#) }
    }
}
