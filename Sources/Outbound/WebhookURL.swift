import Addresses
import CCurl
import Glibc

/// A webhook's URL as libcurl parses it, which is what counts.
struct WebhookURL {
    static let bytesMax = 2_000

    let scheme: WebScheme
    /// The name or address, without brackets and trailing full stop.
    let host: String
    /// The explicit port, or the scheme's default.
    let port: UInt16
    /// The address, if the host is one in any spelling.
    let literal: IPAddress?
    /// `/` if the URL has none.
    let path: String
    let query: String?

    /// Parses a URL with libcurl's own parser.
    init(_ text: String, schemes: [WebScheme]) throws(URLRefusal) {
        let form = schemes == WebScheme.mail ? "smtps://mail.example.com" : "https://chat.example.com/hooks/…"
        guard text.utf8.count <= WebhookURL.bytesMax else { throw .long }
        // Non-ASCII names may be mapped to addresses (IDNA maps fullwidth digits), and blanks and control bytes could inject headers. A
        // URL needs none of them.
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .bytes }
        guard let scheme = schemes.first(where: { text.asciiPrefix($0.rawValue + "://") }) else {
            throw .scheme(schemes)
        }
        // libcurl accepts a third slash and treats what follows as the host.
        guard !text.asciiPrefix(scheme.rawValue + ":///") else { throw .hostMissing(form: form) }
        guard let handle = curl_url() else { throw .malformed("out of memory", form: form) }
        defer { curl_url_cleanup(handle) }

        switch curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER)) {
        case CURLUE_OK: break
        case CURLUE_USER_NOT_ALLOWED: throw .credentials
        case CURLUE_NO_HOST: throw .hostMissing(form: form)
        case let code: throw .malformed(String(cString: curl_url_strerror(code)), form: form)
        }
        guard WebhookURL.part(CURLUPART_FRAGMENT, of: handle) == nil, !text.utf8.contains(UInt8(ascii: "#"))
        else {
            throw .fragment
        }
        guard WebhookURL.part(CURLUPART_SCHEME, of: handle) == scheme.rawValue else { throw .scheme(schemes) }
        guard let host = WebhookURL.part(CURLUPART_HOST, of: handle).map(WebhookURL.bare), !host.isEmpty
        else {
            throw .hostMissing(form: form)
        }
        guard
            let port = WebhookURL.part(CURLUPART_PORT, of: handle, UInt32(CURLU_DEFAULT_PORT)).flatMap({
                UInt16($0)
            })
        else { throw .malformed("the port is not a number from 1 to 65535", form: form) }
        // libcurl sends such bytes as they are, and a strict receiver refuses the request.
        if let byte = WebhookURL.invalidByte(in: text) { throw .character(byte) }
        self.scheme = scheme
        self.host = host
        self.port = port
        literal = WebhookURL.numeric(host)
        path = WebhookURL.part(CURLUPART_PATH, of: handle) ?? "/"
        query =
            text.utf8.contains(UInt8(ascii: "?")) ? WebhookURL.part(CURLUPART_QUERY, of: handle) ?? "" : nil
    }

    /// Why the URL can never be called, decided by its text; `nil` when only the delivery can tell.
    func refusal(by judge: AddressGuard) -> URLRefusal? {
        if let literal {
            return judge.refusal(of: literal, port: port, scheme: scheme).map { .address(literal, $0) }
        }
        if port == 0 { return .name(host, .port(port)) }
        if isLocalhost {
            // The resolver returns both (RFC 6761 §6.3); one allowed address is enough.
            let loopback: [IPAddress] = [.v4(0x7F00_0001), .v6(1)]
            let refusals = loopback.compactMap { judge.refusal(of: $0, port: port, scheme: scheme) }
            return refusals.count == loopback.count ? refusals.first.map { .name(host, $0) } : nil
        }
        // Without operator networks, no address can make the scheme or port acceptable.
        guard judge.allowed.isEmpty else { return nil }
        if scheme == .http { return .name(host, .plainHTTP) }
        return scheme.refusal(of: port).map { .name(host, $0) }
    }

    private var isLocalhost: Bool {
        let lower = host.lowercased()
        return lower == "localhost" || lower.hasSuffix(".localhost")
    }

    /// A byte that no URI may have there (RFC 3986 §2 and §3.3), or a percent sign without two digits; `%00` ends texts elsewhere.
    private static func invalidByte(in text: String) -> String? {
        let bytes = Array(text.utf8)
        // After the host, which may be in brackets: scheme, two slashes, host.
        let hostEnd = bytes.dropFirst("https://".utf8.count).firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
        for (index, byte) in bytes.enumerated() {
            let isBracket = byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]")
            if "\"<>\\^`{|}".utf8.contains(byte) || isBracket && index > hostEnd {
                return String(decoding: [byte], as: UTF8.self)
            }
            guard byte == UInt8(ascii: "%") else { continue }
            let digits = bytes.dropFirst(index + 1).prefix(2)
            let isCode = digits.count == 2 && digits.allSatisfy(WebhookURL.isHex)
            if !isCode || digits.elementsEqual("00".utf8) {
                return String(decoding: [byte] + digits, as: UTF8.self)
            }
        }
        return nil
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte & 0xDF)
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer, _ flags: UInt32 = 0) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    /// `[::1]` → `::1`, `localhost.` → `localhost`.
    private static func bare(_ host: String) -> String {
        if host.hasPrefix("["), host.hasSuffix("]") { return String(host.dropFirst().dropLast()) }
        return host.hasSuffix(".") ? String(host.dropLast()) : host
    }

    /// The address in any spelling that the resolver accepts: libcurl's parser leaves some to it, such as a percent-encoded `0x7f.1`.
    /// Sends no DNS query.
    private static func numeric(_ host: String) -> IPAddress? {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &first) == 0 else { return nil }
        defer { freeaddrinfo(first) }
        return first?.pointee.ai_addr.flatMap { IPAddress($0) }
    }
}

/// Why a URL is not valid for a webhook.
enum URLRefusal: Error, Equatable, CustomStringConvertible {
    case long, bytes, credentials, fragment
    /// Another scheme than these.
    case scheme([WebScheme])
    /// With a URL as it should be.
    case hostMissing(form: String)
    /// The path of a ntfy webhook is not a topic.
    case topic
    /// A mail server's URL has more than host and port.
    case mailPath
    /// A character that a URL must not have.
    case character(String)
    /// libcurl's message, and a URL as it should be.
    case malformed(String, form: String)
    /// The host is an address that must not be called.
    case address(IPAddress, AddressRefusal)
    /// The host is a name that must not be called, whatever it resolves to.
    case name(String, AddressRefusal)

    /// What is wrong and what to write instead.
    var description: String {
        switch self {
        case .long: "the URL is longer than \(WebhookURL.bytesMax) bytes: use a shorter one"
        case .bytes:
            "the URL has blanks, control bytes or non-ASCII letters: "
                + "write them percent-encoded, and the host name in punycode (xn--…)"
        case .character(let text):
            "the URL has \(text), which no URL may have there (RFC 3986): write it percent-encoded, as %22 for a quotation mark"
        case .scheme(WebScheme.mail):
            "the URL must begin with smtps:// (TLS from the start) or smtp:// (STARTTLS)"
        case .scheme: "the URL must begin with https:// (or http://, inside DRUMBEAT_WEBHOOK_ALLOW)"
        case .credentials:
            "the URL has a user or a password: remove it; secrets have members of their own"
        case .hostMissing(let form): "the URL has no host: use the form \(form)"
        case .topic:
            "the path of the URL is not a topic of ntfy (1 to 64 letters, digits, _ and -): use the form https://ntfy.example.com/topic"
        case .mailPath:
            "the URL of a mail server has only a host and a port: use the form smtps://mail.example.com"
        case .fragment: "the URL has a fragment, which is never sent: remove the part from # on"
        case .malformed(let reason, let form): "the URL is not valid (\(reason)): use the form \(form)"
        case .address(let address, let refusal): "\(address) \(refusal)"
        case .name(let name, let refusal): "\(name) \(refusal)"
        }
    }
}

extension String {
    /// Whether the text begins with `prefix`, which must be lower-case ASCII and is matched in either case.
    fileprivate func asciiPrefix(_ prefix: String) -> Bool {
        utf8.count >= prefix.utf8.count
            && zip(utf8, prefix.utf8).allSatisfy { own, other in
                ((0x41...0x5A).contains(own) ? own | 0x20 : own) == other
            }
    }
}
