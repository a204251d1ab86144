import Glibc
import Synchronization
import TestSupport
import Testing
import Threads

/// Clients that read and write, in the manners that clients have, and count what goes wrong.
final class SteadyLoad: Sendable {
    /// How a client goes about it. It reads and writes in turn, each write with an `Idempotency-Key`.
    enum Manner: CaseIterable {
        /// Keeps its connection, and takes a rest of some 300 ms between two requests.
        case resting
        /// Keeps its connection, and asks again as soon as it is answered.
        case busy
        /// Keeps its connection, and sends four requests before it reads the first answer.
        case pipelining
        /// Takes a new connection for each request, as `curl` does.
        case fresh
    }

    struct Count: Sendable {
        var answered: [Manner: Int] = [:]
        /// Sent again on a new connection, as RFC 9112 §9.3.1 lets every client do: the kept connection had ended before a byte of
        /// the answer came, and the request was a GET or had a key. Without that it would be an error.
        var repeated: [Manner: Int] = [:]
        /// What was acknowledged: the texts of the entries.
        var acknowledged: [String] = []
        /// Everything that a user would call an error.
        var failures: [String] = []

        var answeredInAll: Int { answered.values.reduce(0, +) }
    }

    private struct Request {
        let text: String
        let status: Int
        /// What the entry says, of one that writes.
        let entry: String?
    }

    private let caller: Caller
    private let incident: String
    private let isEnding = Atomic(false)
    private let count = Mutex(Count())
    private let threads = Mutex<[WorkerThread]>([])

    /// So many clients of each manner.
    init(_ caller: Caller, incident: String, clients: Int) {
        self.caller = caller
        self.incident = incident
        let threads = (0..<clients * Manner.allCases.count).map { number in
            WorkerThread(name: "client") { [self] in
                run(number, Manner.allCases[number % Manner.allCases.count])
            }
        }
        self.threads.withLock { $0 = threads }
        for thread in threads { thread.start() }
    }

    /// How it stands.
    var counted: Count { count.withLock { $0 } }

    /// Waits until so many more requests have been answered.
    func proceeds(by more: Int) -> Bool {
        let goal = counted.answeredInAll + more
        return becomes { counted.answeredInAll >= goal || !counted.failures.isEmpty }
    }

    /// Ends every client after its request, and says what was counted.
    func end() -> Count {
        isEnding.store(true, ordering: .relaxed)
        for thread in threads.withLock({ $0 }) where !thread.join(within: Deadline.usual) {
            fail("a client hangs")
        }
        return counted
    }

    private func fail(_ why: String) {
        count.withLock { $0.failures.append(why) }
    }

    private func run(_ number: Int, _ manner: Manner) {
        var connection: PlainConnection?
        var turn = 0
        while !isEnding.load(ordering: .relaxed), count.withLock({ $0.failures.count < 20 }) {
            let requests = (0..<(manner == .pipelining ? 4 : 1)).map { _ in
                turn += 1
                return turn.isMultiple(of: 2) ? read(manner) : write("entry \(number)-\(turn)", manner)
            }
            ask(requests, manner, on: &connection)
            if manner == .resting { poll(nil, 0, 280 + Int32(number) * 10) }
        }
        connection?.close()
    }

    private func read(_ manner: Manner) -> Request {
        let text = message("GET", "/v1/incidents/\(incident)", "", "", manner)
        return Request(text: text, status: 200, entry: nil)
    }

    private func write(_ entry: String, _ manner: Manner) -> Request {
        let body = #"{"text": "\#(entry)"}"#
        let fields =
            "Idempotency-Key: \(entry.filter { $0 != " " })-of-the-load\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n"
        let text = message("POST", "/v1/incidents/\(incident)/timeline", fields, body, manner)
        return Request(text: text, status: 201, entry: entry)
    }

    private func message(_ method: String, _ path: String, _ fields: String, _ body: String, _ manner: Manner)
        -> String
    {
        "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(caller.port)\r\n"
            + (manner == .fresh ? "Connection: close\r\n" : "")
            + "Authorization: Bearer \(caller.token ?? "")\r\n\(fields)\r\n\(body)"
    }

    /// Sends all at once, and reads the answers one after the other.
    private func ask(_ requests: [Request], _ manner: Manner, on connection: inout PlainConnection?) {
        var left = requests[...]
        while !left.isEmpty {
            var mayEnd = connection != nil
            guard let used = connection ?? PlainConnection(port: caller.port) else {
                return fail("no connection: \(String(cString: strerror(errno)))")
            }
            connection = used
            // Of what could not be sent whole, the first may be answered all the same.
            _ = used.write(left.map(\.text).joined())
            var rest: [UInt8] = []
            while let request = left.first, connection != nil {
                switch used.outcome(&rest) {
                case .answered(let answer):
                    left.removeFirst()
                    record(answer, to: request, manner)
                    if answer.field("connection")?.lowercased() == "close" { connection = nil }
                    mayEnd = true
                case .nothing where mayEnd: connection = nil
                case .nothing:
                    connection = nil
                    fail("a new connection ended without an answer")
                case .cut:
                    connection = nil
                    fail("an answer was cut off")
                }
            }
            if connection == nil { used.close() }
            guard count.withLock({ $0.failures.isEmpty }) else { return }
            count.withLock { $0.repeated[manner, default: 0] += left.count }
        }
    }

    private func record(_ answer: ClientResponse, to request: Request, _ manner: Manner) {
        count.withLock { count in
            count.answered[manner, default: 0] += 1
            guard answer.status == request.status else {
                return count.failures.append("\(answer.status) for \(request.status): \(answer.text)")
            }
            if let entry = request.entry { count.acknowledged.append(entry) }
        }
    }
}
