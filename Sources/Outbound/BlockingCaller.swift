import CCurl
import Time

/// Blocking calls by libcurl, for commands that talk to a service.
///
/// The `AddressGuard` does not apply: the user names the address, which is often loopback. Follows no redirects and ignores proxies from
/// the environment. One caller keeps its connection for the next call.
public final class BlockingCaller {
    public struct Request {
        public var method: String
        /// Begins with `http://` or `https://`.
        public var url: String
        /// Complete lines, such as `Host: example.com`.
        public var headers: [String]
        public var body: [UInt8]?
        public var limits: Limits

        public init(_ method: String, _ url: String, headers: [String], body: [UInt8]?, limits: Limits) {
            self.method = method
            self.url = url
            self.headers = headers
            self.body = body
            self.limits = limits
        }
    }

    public struct Limits: Sendable {
        /// From the start to the established connection, with the TLS handshake.
        public var connect: Duration
        /// The whole call; `nil` for a stream, which has no end.
        public var total: Duration?
        /// The longest time without a byte, looked at about once a second; `nil` when `total` suffices.
        public var silence: Duration?
        /// A collected body is cut there.
        public var bodyBytesMax: Int

        public init(connect: Duration, total: Duration?, silence: Duration?, bodyBytesMax: Int) {
            self.connect = connect
            self.total = total
            self.silence = silence
            self.bodyBytesMax = bodyBytesMax
        }
    }

    public struct Answer: Sendable, Equatable {
        public let status: Int
        public let body: [UInt8]
        /// What ended the response early, or cut it; `nil` if it is complete.
        public let cut: String?
        public let retryAfter: Duration?
        /// The server's clock, to the second.
        public let date: Timestamp?
        /// The media type as sent, in lower case and without parameters; empty if there is none.
        public let mediaType: String
        /// Whether `X-Request-Id` has a value.
        public let hasRequestID: Bool
    }

    /// A call without a complete head of a response.
    public enum Fault: Error, Equatable, Sendable {
        /// The request cannot be sent as it is: a sentence.
        case unusable(String)
        /// Something answered that is no HTTP; as in `unreachable`, what is said of the server, without a full stop.
        case foreign(String)
        /// The server's certificate was refused.
        case certificate(String)
        case unreachable(String)
    }

    /// Receives a body in pieces.
    public struct Stream {
        /// Gets each piece of the body of a 200. `false` ends the call.
        let receive: ([UInt8]) -> Bool
        /// Runs about once a second, and more often while bytes arrive. `false` ends the call.
        let tick: () -> Bool

        public init(receive: @escaping ([UInt8]) -> Bool, tick: @escaping () -> Bool) {
            self.receive = receive
            self.tick = tick
        }
    }

    /// Upper bound of the head.
    private static let headBytesMax = 65_536

    private let easy: UnsafeMutableRawPointer
    private let time = SystemTime()
    private var stream: Stream?
    /// Of this call, if it has a limit.
    private var silence: Silence?
    private var wasSilent = false
    private var bodyBytesMax = 0
    private var headBytes = 0
    /// Whether the last line of the head was the empty one.
    private var headHasEnded = false
    private var retryAfter: [UInt8] = []
    private var date: [UInt8] = []
    private var contentType: [UInt8] = []
    private var requestID: [UInt8] = []
    private var body: [UInt8] = []

    /// `nil` when the system has no memory left.
    public init?() {
        guard TransferLoop.isStarted, let easy = curl_easy_init() else { return nil }
        self.easy = easy
    }

    deinit {
        curl_easy_cleanup(easy)
    }

    /// The response, once its body is complete, cut, or ended by `stream`. A response without its whole body counts; see `Answer.cut`.
    ///
    /// With a `stream` a body of status 200 goes there instead of into the answer.
    public func perform(_ request: Request, into stream: Stream? = nil) throws(Fault) -> Answer {
        curl_easy_reset(easy)
        self.stream = stream
        defer { self.stream = nil }
        silence = request.limits.silence.map { Silence(limit: $0, from: time.monotonic()) }
        wasSilent = false
        bodyBytesMax = request.limits.bodyBytesMax
        forgetHead()
        body = []
        var lines: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(lines) }
        // A field without a value removes the one that libcurl adds.
        for header in ["Accept:", "Expect:"] + request.headers {
            guard header.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw .unusable("A header has a control character.")
            }
            guard let longer = curl_slist_append(lines, header) else {
                throw .unusable("There is no memory left.")
            }
            lines = longer
        }
        guard request.url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), setOptions(request),
            drumbeat_curl_set_pointer(easy, CURLOPT_HTTPHEADER, lines) == CURLE_OK,
            setBody(of: request), setCallbacks() == CURLE_OK
        else { throw .unusable("\(request.url) is not a usable URL.") }
        let code = withExtendedLifetime(self) { curl_easy_perform(easy) }
        return try answer(after: wasSilent ? CURLE_OPERATION_TIMEDOUT : code)
    }

    private func answer(after code: CURLcode) throws(Fault) -> Answer {
        let reason = code == CURLE_OK ? nil : code.plain ?? String(cString: curl_easy_strerror(code))
        var status = 0
        drumbeat_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        if status >= 200, headHasEnded {
            let now = time.wall()
            let seconds =
                date.isEmpty ? -1 : Int64(curl_getdate(String(decoding: date, as: UTF8.self), nil))
            return Answer(
                status: status, body: body, cut: reason, retryAfter: RetryAfter.pause(retryAfter, now: now),
                date: (0..<Int64.max / 1_000).contains(seconds)
                    ? Timestamp(milliseconds: seconds * 1_000) : nil,
                mediaType: String(
                    decoding: contentType.prefix { $0 != UInt8(ascii: ";") }.filter { $0 > 0x20 },
                    as: UTF8.self
                ).lowercased(),
                hasRequestID: requestID.contains { $0 > 0x20 })
        }
        switch code {
        case CURLE_URL_MALFORMAT: throw .unusable("The URL is not usable.")
        case CURLE_UNSUPPORTED_PROTOCOL: throw .foreign(reason ?? "")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE: throw .certificate(reason ?? "")
        default: throw .unreachable(reason ?? "No HTTP response")
        }
    }

    private func setOptions(_ request: Request) -> Bool {
        let limits = request.limits
        var numbers = SharedOptions.numbers(connect: limits.connect)
        if let total = limits.total {
            numbers.append((CURLOPT_TIMEOUT_MS, SharedOptions.milliseconds(total)))
        }
        let texts = SharedOptions.texts(request.url, of: [.http, .https])
        return numbers.allSatisfy { drumbeat_curl_set_long(easy, $0, $1) == CURLE_OK }
            && texts.allSatisfy { drumbeat_curl_set_text(easy, $0, $1) == CURLE_OK }
    }

    private func setBody(of request: Request) -> Bool {
        if let body = request.body {
            let code = body.withUnsafeBytes {
                drumbeat_curl_set_body(easy, $0.baseAddress, curl_off_t($0.count))
            }
            guard code == CURLE_OK else { return false }
        }
        if request.method == "GET" { return true }
        return drumbeat_curl_set_text(easy, CURLOPT_CUSTOMREQUEST, request.method) == CURLE_OK
    }

    private func setCallbacks() -> CURLcode {
        let context = Unmanaged.passUnretained(self).toOpaque()
        let code = drumbeat_curl_set_callbacks(
            easy, context,
            { bytes, size, count, context in
                guard let context else { return 0 }
                let caller = Unmanaged<BlockingCaller>.fromOpaque(context).takeUnretainedValue()
                let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return caller.takeLine(line) ? line.count : 0
            },
            { bytes, size, count, context in
                guard let context else { return 0 }
                let caller = Unmanaged<BlockingCaller>.fromOpaque(context).takeUnretainedValue()
                let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return caller.take(piece) ? piece.count : 0
            }, nil)
        guard code == CURLE_OK, stream != nil || silence != nil else { return code }
        return drumbeat_curl_set_progress(easy, context) { context, _, _, _, _ in
            guard let context else { return 0 }
            let caller = Unmanaged<BlockingCaller>.fromOpaque(context).takeUnretainedValue()
            return caller.goesOn() ? 0 : 1
        }
    }

    /// Runs about once a second.
    private func goesOn() -> Bool {
        let began = time.monotonic()
        if silence?.isTooLong(at: began) == true {
            wasSilent = true
            return false
        }
        guard let stream else { return true }
        let goesOn = stream.tick()
        // A tick may call the service; what the stream sent meanwhile was not read.
        silence?.leaveOut(time.monotonic() - began)
        return goesOn
    }

    private func forgetHead() {
        (headBytes, headHasEnded, retryAfter, date) = (0, false, [], [])
        (contentType, requestID) = ([], [])
    }

    private func takeLine(_ line: UnsafeRawBufferPointer) -> Bool {
        silence?.end(at: time.monotonic())
        // The head of an interim response came before.
        if headHasEnded { forgetHead() }
        headBytes += line.count
        headHasEnded = line.allSatisfy { $0 == 0x0D || $0 == 0x0A }
        if let value = Self.value(of: "retry-after:", in: line) { retryAfter = value }
        if let value = Self.value(of: "date:", in: line) { date = value }
        if let value = Self.value(of: "content-type:", in: line) { contentType = value }
        if let value = Self.value(of: "x-request-id:", in: line) { requestID = value }
        return headBytes <= Self.headBytesMax
    }

    /// The value of a field whose name, in lower case with the colon, begins the line.
    private static func value(of name: StaticString, in line: UnsafeRawBufferPointer) -> [UInt8]? {
        guard line.count > name.utf8CodeUnitCount else { return nil }
        let isNamed = name.withUTF8Buffer { name in zip(name, line).allSatisfy { $0 == $1 | 0x20 } }
        guard isNamed else { return nil }
        return line.dropFirst(name.utf8CodeUnitCount).filter { $0 != 0x0D && $0 != 0x0A && $0 != 0 }
    }

    private func take(_ piece: UnsafeRawBufferPointer) -> Bool {
        silence?.end(at: time.monotonic())
        var status = 0
        drumbeat_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        if let stream, status == 200 { return stream.receive(Array(piece)) }
        body += piece.prefix(bodyBytesMax - body.count)
        return body.count < bodyBytesMax
    }
}
