import Glibc
import Synchronization
import TestSupport
import Testing
import Threads

/// Clients that read and write with typical connection patterns, and count errors.
final class SteadyLoad: Sendable {
    /// A client's connection pattern. Each client reads and writes in turn; each write has an `Idempotency-Key`.
    enum Manner: CaseIterable {
        /// Keeps its connection; pauses for about 300 ms between requests.
        case resting
        /// Keeps its connection; sends the next request as soon as it has the response.
        case busy
        /// Keeps its connection; sends four requests before it reads the first response.
        case pipelining
        /// A new connection per request, as `curl` does.
        case fresh
    }

    struct Count: Sendable {
        var answered: [Manner: Int] = [:]
        /// Requests repeated on a new connection, as RFC 9112 §9.3.1 permits: the kept connection ended before the first byte of the
        /// response, and the request was a GET or had a key. Otherwise that is a failure.
        var repeated: [Manner: Int] = [:]
        /// Texts of the acknowledged entries.
        var acknowledged: [String] = []
        /// Everything that a user would call an error.
        var failures: [String] = []

        var answeredInAll: Int { answered.values.reduce(0, +) }
    }

    private struct Request {
        let text: String
        let status: Int
        /// Text of the entry, if the request writes.
        let entry: String?
    }

    private let caller: Caller
    private let incident: String
    private let isEnding = Atomic(false)
    private let count = Mutex(Count())
    private let threads = Mutex<[WorkerThread]>([])

    /// Starts `clients` clients per pattern.
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

    var counted: Count { count.withLock { $0 } }

    /// Waits until `more` further requests have responses.
    func proceeds(by more: Int) -> Bool {
        let goal = counted.answeredInAll + more
        return becomes { counted.answeredInAll >= goal || !counted.failures.isEmpty }
    }

    /// Stops every client after its current request and returns the counts.
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

    /// Sends all requests at once, and reads the responses in order.
    private func ask(_ requests: [Request], _ manner: Manner, on connection: inout PlainConnection?) {
        var left = requests[...]
        while !left.isEmpty {
            var mayEnd = connection != nil
            guard let used = connection ?? PlainConnection(port: caller.port) else {
                return fail("no connection: \(String(cString: strerror(errno)))")
            }
            connection = used
            // If not all could be sent, the first may have a response nevertheless.
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
