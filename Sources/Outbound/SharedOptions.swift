import CCurl
import Time

/// libcurl's options of all outbound calls, of webhooks and of the client: no redirects, no proxies or credentials from the environment,
/// only these schemes, TLS 1.2 or later with verified certificates.
enum SharedOptions {
    static func numbers(connect: Duration) -> [(CURLoption, Int)] {
        [
            (CURLOPT_NOSIGNAL, 1),
            (CURLOPT_FOLLOWLOCATION, 0),
            (CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue)),
            (CURLOPT_DISALLOW_USERNAME_IN_URL, 1),
            (CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
            (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            (CURLOPT_SSL_VERIFYPEER, 1),
            (CURLOPT_SSL_VERIFYHOST, 2),
            (CURLOPT_CONNECTTIMEOUT_MS, milliseconds(connect)),
        ]
    }

    static func texts(_ url: String, of schemes: [WebScheme]) -> [(CURLoption, String)] {
        [
            (CURLOPT_URL, url),
            (CURLOPT_PROTOCOLS_STR, schemes.map(\.rawValue).joined(separator: ",")),
            // The empty text also prevents the use of `http_proxy` and `https_proxy` from the environment.
            (CURLOPT_PROXY, ""),
        ]
    }

    /// At least 1: to libcurl 0 is no limit.
    static func milliseconds(_ duration: Duration) -> Int { max(1, Int(duration.wholeMilliseconds)) }
}
