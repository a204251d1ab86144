import Encoding
import JSON
import Outbound
import Time

/// Calls the service, again if it fails: at most for `patience` in all.
public final class ServiceCaller {
    public struct Reply {
        public let status: Int
        /// As received.
        public let body: [UInt8]
        /// The server's clock, or this machine's.
        public let now: Timestamp
        public let json: JSONValue
    }

    /// The longest that a command retries.
    public static let patienceMax = Duration.seconds(30)
    static let connectLimit = Duration.seconds(5)
    private static let callLimit = Duration.seconds(15)
    private static let bodyBytesMax = 8 << 20

    let settings: ClientSettings
    let caller: BlockingCaller
    let time: any TimeSource
    private let random: any RandomSource
    private let policy: RetryPolicy
    private let wait: (Duration) -> Void
    /// Tells the user that a call is retried.
    private let say: (String) -> Void
    /// How long the last attempt of a call took.
    private(set) var lastAttempt = Duration.zero

    public init(
        _ settings: ClientSettings, time: any TimeSource, random: any RandomSource, patience: Duration,
        wait: @escaping (Duration) -> Void, say: @escaping (String) -> Void
    ) throws(ClientFault) {
        guard let caller = BlockingCaller() else { throw ClientFault("There is no memory left.") }
        self.caller = caller
        self.settings = settings
        self.time = time
        self.random = random
        self.wait = wait
        self.say = say
        policy = RetryPolicy(total: patience)
    }

    public func get(_ path: String) throws(ClientFault) -> Reply {
        try call("GET", path, accept: "application/json", body: nil)
    }

    /// The answer as plain text, as the service renders it.
    public func text(_ path: String) throws(ClientFault) -> String {
        String(decoding: try call("GET", path, accept: "text/plain", body: nil).body, as: UTF8.self)
    }

    public func write(_ method: String, _ path: String, _ body: JSONObject?) throws(ClientFault) -> Reply {
        try call(method, path, accept: "application/json", body: body?.encoded())
    }

    /// A write of which only an attempt shorter than `limit` is repeated: what took longer would take as long again.
    func write(
        _ method: String, _ path: String, _ body: JSONObject?, unlessSlower limit: Duration
    ) throws(ClientFault) -> Reply {
        try call(
            method, path, accept: "application/json", body: body?.encoded(), repeatedBelow: limit)
    }

    func headers(accept: String) -> [String] {
        ["Accept: \(accept)"] + (settings.token.map { ["Authorization: Bearer \($0)"] } ?? [])
    }

    private func call(
        _ method: String, _ path: String, accept: String, body: [UInt8]?,
        repeatedBelow attemptMax: Duration? = nil
    ) throws(ClientFault) -> Reply {
        var headers = headers(accept: accept)
        // One for all attempts, so that the write is made once.
        if method != "GET" { headers.append("Idempotency-Key: \(Base62.random(22, from: random))") }
        if body != nil { headers.append("Content-Type: application/json") }
        let began = time.monotonic()
        for attempt in 1... {
            let elapsed = time.monotonic() - began
            let limit = max(.seconds(1), min(Self.callLimit, policy.total - elapsed))
            let limits = BlockingCaller.Limits(
                connect: Self.connectLimit,
                total: policy.total == .zero ? Self.callLimit : limit, silence: nil,
                bodyBytesMax: Self.bodyBytesMax)
            let started = time.monotonic()
            let result = outcome(
                of: .init(method, settings.url + path, headers: headers, body: body, limits: limits))
            lastAttempt = time.monotonic() - started
            switch result {
            case .success(let reply): return reply
            case .failure(let failure):
                let pause =
                    failure.isFinal || attemptMax.map { lastAttempt >= $0 } == true
                    ? nil
                    : policy.pause(
                        afterAttempt: attempt, status: failure.status, retryAfter: failure.retryAfter,
                        elapsed: time.monotonic() - began, jitter: jitter())
                guard let pause else { throw failure.fault }
                say("\(failure.reason) Retrying in \(Self.text(of: pause)).")
                wait(pause)
            }
        }
        // The range above has no end.
        throw ClientFault("Too many attempts.")
    }

    private struct Failure: Error {
        let fault: ClientFault
        let reason: String
        var status: Int?
        var retryAfter: Duration?
        var isFinal = false
    }

    private func outcome(of request: BlockingCaller.Request) -> Result<Reply, Failure> {
        do throws(BlockingCaller.Fault) {
            let answer = try caller.perform(request)
            if answer.status >= 300 {
                let author = request.body.flatMap { try? JSONReader.read($0, limits: .stored) }?.value(
                    "author")
                return .failure(
                    refusal(
                        answer, path: String(request.url.dropFirst(settings.url.count)),
                        author: author?.asText?.onOneLine))
            }
            if let cut = answer.cut {
                let reason = "The answer of \(settings.url) was incomplete: \(cut)."
                return .failure(
                    Failure(fault: ClientFault("\(reason) Run the command again."), reason: reason))
            }
            let isText = request.headers.contains("Accept: text/plain")
            let json = isText ? nil : try? JSONReader.read(answer.body, limits: .stored)
            let flaw =
                isText
                ? ForeignAnswer.flaw(of: answer, mediaType: "text/plain")
                : ForeignAnswer.flaw(of: answer, json, isWrite: request.method != "GET")
            if let flaw {
                let fault = ForeignAnswer.fault(of: settings.url, flaw, isWrite: request.method != "GET")
                return .failure(Failure(fault: fault, reason: fault.description, isFinal: true))
            }
            return .success(
                Reply(
                    status: answer.status, body: answer.body, now: answer.date ?? time.wall(),
                    json: json ?? .null))
        } catch {
            let (fault, reason, isFinal) = failed(error)
            return .failure(Failure(fault: fault, reason: reason, isFinal: isFinal))
        }
    }

    private func refusal(_ answer: BlockingCaller.Answer, path: String, author: String?) -> Failure {
        var problem = ServiceProblem(status: answer.status, body: answer.body, path: path)
        problem.author = author
        return Failure(
            fault: fault(of: problem),
            reason:
                "The service answered \(answer.status)\(problem.slug.isEmpty ? "" : " \(problem.slug.onOneLine)").",
            status: answer.status, retryAfter: answer.retryAfter)
    }

    func fault(of problem: ServiceProblem) -> ClientFault {
        var text = problem.text(url: settings.url)
        if problem.status == 401, let other = settings.withheldFor {
            text +=
                "\nThe token of client.conf was not sent: it is for \(other), and DRUMBEAT_URL is \(settings.url)."
        }
        return ClientFault(text, problem: problem)
    }

    /// A call without an answer.
    func failed(_ fault: BlockingCaller.Fault) -> (fault: ClientFault, reason: String, isFinal: Bool) {
        let setting =
            "Set DRUMBEAT_URL to the address of the service, for example export DRUMBEAT_URL=\(ClientSettings.defaultURL)"
        switch fault {
        case .unusable(let detail):
            return (ClientFault("\(detail) \(setting)"), detail, true)
        case .foreign(let detail):
            let reason = "What answers at \(settings.url) is not Drumbeat: \(detail)."
            return (ClientFault("\(reason) \(setting)"), reason, true)
        case .certificate(let detail):
            let reason = "\(settings.url) was not called: \(detail)."
            return (
                ClientFault("\(reason) Add its authority to the system's, with update-ca-certificates."),
                reason, true
            )
        case .unreachable(let detail):
            let reason = "\(settings.url) cannot be reached: \(detail)."
            return (ClientFault("\(reason) \(setting)"), reason, false)
        }
    }

    /// From 0 up to, not including, 1.
    func jitter() -> Double {
        Double(random.bytes(1).first ?? 0) / 256
    }

    static func text(of pause: Duration) -> String {
        let tenths = (pause.wholeMilliseconds + 50) / 100
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
