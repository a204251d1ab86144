import Addresses
import CCurl
import Glibc
import Journal
import Time

/// One attempt in progress: libcurl's handle, the response so far, and the completion. Used on one thread only.
final class Transfer {
    /// Settings shared by all attempts.
    struct Settings: Sendable {
        let userAgent: String
        let caFile: String?
        let timeouts: CurlTransport.Timeouts
        let time: any TimeSource
        let judge: SharedGuard

        /// The settings of an attempt that begins now and must end by the deadline. The time that it waited for its turn counts.
        func limited(by deadline: ContinuousClock.Instant?) throws(Unsendable) -> Settings {
            guard let deadline else { return self }
            let limit = deadline - .now
            guard limit > .zero else {
                throw Unsendable(reason: "too many other messages were being sent, and its time was over")
            }
            var timeouts = timeouts
            timeouts.total = min(timeouts.total, limit)
            timeouts.connect = min(timeouts.connect, limit)
            return Settings(
                userAgent: userAgent, caFile: caFile, timeouts: timeouts, time: time, judge: judge)
        }
    }

    let easy: UnsafeMutableRawPointer
    private let completion: @Sendable (OutboundResult) -> Void
    let settings: Settings
    let kind: any WebhookKind
    private let scheme: WebScheme
    let errorText: UnsafeMutablePointer<CChar>
    private var headers: UnsafeMutablePointer<curl_slist>?
    var recipients: UnsafeMutablePointer<curl_slist>?
    /// `nil` for what is no mail.
    var mail: MailProgress?
    private var answer = ResponseCollector()
    /// Why the first refused address was refused.
    private var refusal: String?

    /// Prepares a request with all limits set. A limit that cannot be set is an error: nothing is sent without it.
    init(_ job: Job, _ settings: Settings) throws(Unsendable) {
        kind = job.message.content.kind
        let request = try kind.request(job.message)
        self.settings = try settings.limited(by: job.message.deadline)
        guard let easy = curl_easy_init() else { throw Unsendable(reason: "no memory for a transfer") }
        self.easy = easy
        completion = job.completion
        scheme = request.target.scheme
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try setHeaders(request.headers)
        try setOptions(request)
        if let mail = request.mail {
            try setMail(mail, request.target, request.body)
        } else {
            try require(drumbeat_curl_set_body(easy, request.body, curl_off_t(request.body.count)))
        }
        try require(
            drumbeat_curl_set_callbacks(
                easy, Unmanaged.passUnretained(self).toOpaque(),
                { bytes, size, count, context in
                    let transfer = context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
                    let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                    return transfer?.take(line: line) == true ? line.count : 0
                },
                { bytes, size, count, context in
                    let transfer = context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
                    let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
                    return transfer?.answer.take(body: piece) == true ? piece.count : 0
                },
                { context, _, address in
                    guard let context, let address else { return -1 }
                    return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().open(address)
                }))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headers)
        curl_slist_free_all(recipients)
        errorText.deallocate()
    }

    /// Reports the result, from libcurl's code and the response so far.
    func complete(_ code: CURLcode) {
        completion(result(code))
    }

    /// Reports an aborted attempt.
    func abort(_ result: OutboundResult) {
        completion(result)
    }

    private func take(line: UnsafeRawBufferPointer) -> Bool {
        mail == nil ? answer.take(line: line) : takeReply(line)
    }

    /// A complete head decides the result. The rest of the body, which may have been cut off by our limit, does not matter.
    private func result(_ code: CURLcode) -> OutboundResult {
        if let mail { return mailResult(code, mail) }
        var status = 0
        drumbeat_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        guard answer.isHeadComplete, status >= 200 else { return .failed(failure(code, status)) }
        let now = settings.time.wall()
        return kind.result(
            TransferResponse(
                status: status, retryAfter: answer.retryAfter.flatMap { RetryAfter.pause($0, now: now) },
                body: answer.kept, isBodyComplete: code == CURLE_OK || answer.isBodyTooLong,
                excerpt: excerpt(status)))
    }

    /// The beginning of the body; of a redirect, where it points to.
    private func excerpt(_ status: Int) -> String {
        guard (300...399).contains(status), let location = answer.location else {
            return Excerpt.of(answer.kept)
        }
        let trimmed = location.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed()
        return Excerpt.of(Array("redirects are not followed; it points to ".utf8) + trimmed)
    }

    func failure(_ code: CURLcode, _ status: Int) -> String {
        if answer.isHeadTooLong {
            return "the response headers are longer than \(ResponseCollector.headerBytesMax / 1_024) KiB"
        }
        if code == CURLE_COULDNT_CONNECT, let refusal { return refusal }
        if code == CURLE_OPERATION_TIMEDOUT { return timeout() }
        if code == CURLE_OK { return "the response ended without a final status (\(status))" }
        let text = String(cString: errorText)
        // May contain the receiver's text, such as a certificate's names.
        let own = Excerpt.of((text.isEmpty ? String(cString: curl_easy_strerror(code)) : text).utf8)
        // Of a mail server libcurl quotes replies.
        guard mail == nil || code != CURLE_SEND_ERROR && code != CURLE_WEIRD_SERVER_REPLY,
            let plain = code.plain
        else { return own }
        // The others say which address failed, or what is wrong with a certificate.
        return code.isWithoutDetail ? plain : "\(plain) (\(own))"
    }

    /// Which limit ended an attempt.
    private func timeout() -> String {
        var microseconds: curl_off_t = 0
        drumbeat_curl_get_number(easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds)
        let timeouts = settings.timeouts
        // A mail server that does not greet leaves libcurl connecting.
        guard mail == nil, microseconds == 0, timeouts.connect < timeouts.total else {
            return
                "the target did not answer within \(Transfer.shown(timeouts.total)); it may be slow, down or behind a firewall"
        }
        return
            "no connection to the target within \(Transfer.shown(timeouts.connect)); it may be down or behind a firewall"
    }

    /// Rounded up, as what is left until a deadline has odd milliseconds: `8s`, `300ms`.
    private static func shown(_ limit: Duration) -> String {
        let step: Int64 = limit < .seconds(1) ? 10 : 1_000
        return DurationText.format(.milliseconds((limit.wholeMilliseconds + step - 1) / step * step))
    }

    /// Opens a socket for the address that libcurl is about to connect, if the guard allows it.
    private func open(_ address: UnsafeMutablePointer<curl_sockaddr>) -> curl_socket_t {
        let family = address.pointee.family
        let length = family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        guard Int(address.pointee.addrlen) >= length, let pointer = drumbeat_curl_address(address),
            let place = IPAddress(pointer)
        else { return refuse("the address is neither IPv4 nor IPv6") }
        // Both families have the port at the same offset.
        let port = UInt16(bigEndian: UnsafeRawPointer(pointer).loadUnaligned(as: sockaddr_in.self).sin_port)
        if let reason = settings.judge.current.refusal(of: place, port: port, scheme: scheme) {
            return refuse("the address \(place) is refused: it \(reason)")
        }
        let kind = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, address.pointee.protocol)
        guard descriptor >= 0 else { return refuse("no socket: " + String(cString: strerror(errno))) }
        mail?.descriptor = descriptor
        return descriptor
    }

    private func refuse(_ reason: String) -> curl_socket_t {
        if refusal == nil { refusal = reason }
        return -1
    }
}

extension Transfer {
    private func setHeaders(_ lines: [String]) throws(Unsendable) {
        // "Expect:" removes the 100-continue that libcurl adds to large bodies, and the one-second wait for it.
        for line in ["Expect:"] + lines { try append(line, to: &headers) }
        try require(drumbeat_curl_set_pointer(easy, CURLOPT_HTTPHEADER, headers))
    }

    private func setOptions(_ request: TransferRequest) throws(Unsendable) {
        let timeouts = settings.timeouts
        let numbers: [(CURLoption, Int)] =
            SharedOptions.numbers(connect: timeouts.connect) + [
                (CURLOPT_TIMEOUT_MS, SharedOptions.milliseconds(timeouts.total)),
                (CURLOPT_LOW_SPEED_LIMIT, 1),
                (CURLOPT_LOW_SPEED_TIME, max(1, Int((timeouts.quiet + .milliseconds(999)).wholeSeconds))),
                // A reused connection would bypass the guard.
                (CURLOPT_FORBID_REUSE, 1),
                (CURLOPT_FRESH_CONNECT, 1),
                // A change of the system's certificates is noticed after at most this long.
                (CURLOPT_CA_CACHE_TIMEOUT, 3_600),
                // Otherwise the end of a transfer waits for the resolver's thread, so a dead DNS server would block all other transfers.
                (CURLOPT_QUICK_EXIT, 1),
                // Small, like what is read, so that 64 transfers need little memory.
                (CURLOPT_BUFFERSIZE, 4_096),
                (CURLOPT_UPLOAD_BUFFERSIZE, 16_384),
            ]
        for (option, value) in numbers { try require(drumbeat_curl_set_long(easy, option, value)) }
        var texts = SharedOptions.texts(request.url, of: [scheme])
        texts.append((CURLOPT_USERAGENT, settings.userAgent))
        // The operator's few certificates are read for each transfer, in addition to the system's folder, in which certificates are
        // looked up by name. Reading the system's bundle takes 20 ms: without the folder libcurl caches it, so that 64 transfers do not
        // delay each other by a second.
        if let caFile = settings.caFile { texts.append((CURLOPT_CAINFO, caFile)) }
        if settings.caFile == nil { try require(drumbeat_curl_set_text(easy, CURLOPT_CAPATH, nil)) }
        for (option, value) in texts { try require(drumbeat_curl_set_text(easy, option, value)) }
        try require(drumbeat_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText))
    }

    func append(_ line: String, to list: inout UnsafeMutablePointer<curl_slist>?) throws(Unsendable) {
        guard let longer = curl_slist_append(list, line) else {
            throw Unsendable(reason: "no memory for a transfer")
        }
        list = longer
    }

    func require(_ code: CURLcode) throws(Unsendable) {
        guard code == CURLE_OK else {
            throw Unsendable(
                reason: "libcurl refuses an option: " + String(cString: curl_easy_strerror(code)))
        }
    }
}
