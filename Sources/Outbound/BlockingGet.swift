import CCurl
import Time

/// A blocking GET by libcurl, for commands that query a service on the same machine.
///
/// The `AddressGuard` does not apply: the operator names the address, which is usually loopback. Follows no redirects and ignores proxies
/// from the environment.
public final class BlockingGet {
    public struct Answer: Sendable, Equatable {
        public let status: Int
        /// Cut at `bytesMax`.
        public let body: [UInt8]
    }

    /// Upper bound of the head, and of the body.
    private static let bytesMax = 65_536

    private var headBytes = 0
    /// Whether the last line of the head was the empty one.
    private var headHasEnded = false
    private var body: [UInt8] = []

    private init() {}

    /// The response of `url`, which begins with `http://`; `nil` if no complete head arrived within `limit`. A response whose body was cut
    /// short counts.
    ///
    /// `headers` are complete lines, such as `Host: example.com`.
    public static func answer(from url: String, headers: [String], within limit: Duration) -> Answer? {
        BlockingGet().perform(url, headers, limit)
    }

    private func perform(_ url: String, _ headers: [String], _ limit: Duration) -> Answer? {
        guard TransferLoop.isStarted, let easy = curl_easy_init() else { return nil }
        defer { curl_easy_cleanup(easy) }
        var lines: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(lines) }
        // "Accept:" removes the field that libcurl adds.
        for header in ["Accept:"] + headers {
            guard header.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
                let longer = curl_slist_append(lines, header)
            else { return nil }
            lines = longer
        }
        guard setOptions(of: easy, url, limit),
            drumbeat_curl_set_pointer(easy, CURLOPT_HTTPHEADER, lines) == CURLE_OK,
            setCallbacks(of: easy) == CURLE_OK
        else { return nil }
        _ = withExtendedLifetime(self) { curl_easy_perform(easy) }
        var status = 0
        drumbeat_curl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        return status >= 200 && headHasEnded ? Answer(status: status, body: body) : nil
    }

    private func setOptions(of easy: UnsafeMutableRawPointer, _ url: String, _ limit: Duration) -> Bool {
        let numbers: [(CURLoption, Int)] = [
            (CURLOPT_NOSIGNAL, 1),
            (CURLOPT_FOLLOWLOCATION, 0),
            (CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue)),
            (CURLOPT_DISALLOW_USERNAME_IN_URL, 1),
            (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
            (CURLOPT_TIMEOUT_MS, max(1, Int(limit.wholeMilliseconds))),
        ]
        let texts: [(CURLoption, String)] = [
            (CURLOPT_URL, url),
            (CURLOPT_PROTOCOLS_STR, WebScheme.http.rawValue),
            // The empty text also prevents the use of `http_proxy` from the environment.
            (CURLOPT_PROXY, ""),
        ]
        return numbers.allSatisfy { drumbeat_curl_set_long(easy, $0, $1) == CURLE_OK }
            && texts.allSatisfy { drumbeat_curl_set_text(easy, $0, $1) == CURLE_OK }
    }

    private func setCallbacks(of easy: UnsafeMutableRawPointer) -> CURLcode {
        drumbeat_curl_set_callbacks(
            easy, Unmanaged.passUnretained(self).toOpaque(),
            { bytes, size, count, context in
                guard let context else { return 0 }
                let get = Unmanaged<BlockingGet>.fromOpaque(context).takeUnretainedValue()
                get.headBytes += size * count
                get.headHasEnded = UnsafeRawBufferPointer(start: bytes, count: size * count).allSatisfy {
                    $0 == 0x0D || $0 == 0x0A
                }
                return get.headBytes <= BlockingGet.bytesMax ? size * count : 0
            },
            { bytes, size, count, context in
                guard let context else { return 0 }
                let get = Unmanaged<BlockingGet>.fromOpaque(context).takeUnretainedValue()
                let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
                get.body += piece.prefix(BlockingGet.bytesMax - get.body.count)
                return get.body.count < BlockingGet.bytesMax ? piece.count : 0
            }, nil)
    }
}
