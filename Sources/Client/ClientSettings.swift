import OperatingSystem

/// Where the service is and which token speaks for the user.
///
/// The environment wins over the file. The token of the file goes only to the URL of the file, so that another service at `DRUMBEAT_URL`
/// never gets it.
public struct ClientSettings: Equatable, Sendable {
    public static let defaultURL = "http://127.0.0.1:8080"
    private static let keys = ["DRUMBEAT_URL", "DRUMBEAT_TOKEN", "DRUMBEAT_TOKEN_FILE"]
    /// The first segments after `/v1` that people copy from a link.
    private static let resources: Set<Substring> = [
        "actions", "deliveries", "events", "incidents", "inventory", "me", "nags", "templates", "tokens",
        "webhooks",
    ]
    private static let schemes = ["http", "https"]
    private static let fileBytesMax = 16_384
    private static let tokenBytesMax = 256

    /// Without a slash at the end.
    public let url: String
    public let token: String?
    /// The URL whose token the file has, if it was not taken for that reason.
    let withheldFor: String?

    /// Reads the variables and, if one is missing, the file.
    public init(environment: [String: String]) throws(ClientFault) {
        let own = environment.filter { Self.keys.contains($0.key) && !$0.value.isEmpty }
        let hasToken = own["DRUMBEAT_TOKEN"] != nil || own["DRUMBEAT_TOKEN_FILE"] != nil
        var file: [String: String] = [:]
        if own["DRUMBEAT_URL"] == nil || !hasToken, let path = Self.path(environment) {
            file = try Self.read(path)
        }
        let fileURL = try file["DRUMBEAT_URL"].map { text throws(ClientFault) in try Self.checked(text) }
        url = try Self.checked(own["DRUMBEAT_URL"] ?? file["DRUMBEAT_URL"] ?? Self.defaultURL)
        let isForOther = !hasToken && fileURL != nil && fileURL != url && file.count > 1
        withheldFor = isForOther ? fileURL : nil
        token = hasToken ? try Self.token(own) : isForOther ? nil : try Self.token(file)
    }

    /// `$XDG_CONFIG_HOME/drumbeat/client.conf`, or below `~/.config`.
    static func path(_ environment: [String: String]) -> String? {
        if let folder = environment["XDG_CONFIG_HOME"], folder.hasPrefix("/") {
            return folder + "/drumbeat/client.conf"
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return home + "/.config/drumbeat/client.conf"
    }

    private static func read(_ path: String) throws(ClientFault) -> [String: String] {
        guard let mode = Files.mode(of: path) else { return [:] }
        guard mode & 0o077 == 0, Files.isOurs(path) else {
            let shown = String(mode, radix: 8)
            throw ClientFault(
                "\(path) has mode \(String(repeating: "0", count: max(0, 4 - shown.utf8.count)))\(shown), and it holds a token. "
                    + "Make it your own file that no one else can read: chmod 600 \(path.shellQuoted)")
        }
        let bytes: [UInt8]
        do throws(FileFault) {
            bytes = try Files.read(path, bytesMax: fileBytesMax)
        } catch {
            throw ClientFault("\(error). Fix the file, or set DRUMBEAT_URL and DRUMBEAT_TOKEN.")
        }
        var values: [String: String] = [:]
        for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let text = trimmed(line)
            if text.isEmpty || text.hasPrefix("#") { continue }
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let key = trimmed((parts.first ?? "").utf8[...])
            guard parts.count == 2, keys.contains(key), values[key] == nil else {
                // The line may hold a token, so it is not quoted.
                throw ClientFault(
                    "\(path):\(number + 1) is not understood. Each line is KEY=VALUE, once for each of \(keys.joined(separator: ", "))."
                )
            }
            values[key] = trimmed((parts.last ?? "").utf8[...])
        }
        return values.filter { !$0.value.isEmpty }
    }

    private static func trimmed(_ bytes: some BidirectionalCollection<UInt8>) -> String {
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0D]
        let text = bytes.drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed()
        return String(decoding: Array(text), as: UTF8.self)
    }

    /// Without a scheme the service of this machine is meant, over http; of another host the user must say which, as the token goes there.
    private static func checked(_ given: String) throws(ClientFault) -> String {
        let text = withLowerScheme(given)
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"?#@\\".utf8.contains($0) }
        let authority = text.prefix { $0 != "/" }
        var url = text
        if isPlain, isLoopback(authority) {
            url = "http://" + text
        } else if isPlain, let (scheme, host) = withoutSlashes(text) {
            throw ClientFault(
                "DRUMBEAT_URL has no // after \(scheme):. Set it to: export DRUMBEAT_URL=\(scheme)://\(host)")
        } else if isPlain, !text.contains("://"), isHost(authority) {
            throw ClientFault(
                "DRUMBEAT_URL has no scheme. Set it with https://, or http:// if the service has no TLS: "
                    + "export DRUMBEAT_URL=https://\(authority)"
            )
        }
        guard isPlain, let (root, path) = parts(of: url) else {
            throw ClientFault(
                "DRUMBEAT_URL is not a usable URL. It begins with http:// or https:// and has no user, query or fragment, such as "
                    + "\(defaultURL).")
        }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        if let version = segments.indices.first(where: { isAPI(segments[$0...]) }) {
            throw ClientFault(
                "DRUMBEAT_URL must end before /v1, which the commands add. Set it to: export DRUMBEAT_URL="
                    + (root + segments[..<version].joined(separator: "/")).shellQuoted)
        }
        return root + path
    }

    /// A scheme is the same in capitals (RFC 3986 §3.1).
    private static func withLowerScheme(_ text: String) -> String {
        let scheme = text.prefix { $0 != ":" }.lowercased()
        return schemes.contains(scheme) ? scheme + text.dropFirst(scheme.count) : text
    }

    /// Scheme and host of `https:drumbeat.example` or `https:/drumbeat.example`; `nil` for another text.
    private static func withoutSlashes(_ text: String) -> (scheme: String, host: Substring)? {
        for scheme in schemes where text.hasPrefix(scheme + ":") && !text.hasPrefix(scheme + "://") {
            let host = text.dropFirst(scheme.count + 1).drop { $0 == "/" }.prefix { $0 != "/" }
            return host.isEmpty || !isHost(host) ? nil : (scheme, host)
        }
        return nil
    }

    /// Whether these segments begin a path of the API; `/v1` of a proxy, in front of another name, does not.
    private static func isAPI(_ segments: ArraySlice<Substring>) -> Bool {
        segments.first == "v1" && segments.dropFirst().first.map(resources.contains) ?? true
    }

    /// Scheme and authority, and the path without slashes at its end; `nil` for another scheme or no host.
    static func parts(of url: String) -> (root: String, path: String)? {
        for scheme in schemes.map({ $0 + "://" }) where url.hasPrefix(scheme) {
            let rest = url.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" }
            guard !authority.isEmpty else { return nil }
            let path = rest.dropFirst(authority.count).utf8.reversed().drop { $0 == UInt8(ascii: "/") }
                .reversed()
            return (scheme + authority, String(decoding: Array(path), as: UTF8.self))
        }
        return nil
    }

    /// Whether a host, perhaps with a port, is this machine.
    private static func isLoopback(_ authority: Substring) -> Bool {
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } : authority.prefix { $0 != ":" }
        return host == "localhost" || host == "[::1"
            || host.hasPrefix("127.")
                && host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }
    }

    /// Whether it may be shown as a host, perhaps with a port: no token looks so.
    private static func isHost(_ text: Substring) -> Bool {
        text.utf8.contains(UInt8(ascii: "."))
            && text.utf8.allSatisfy { byte in
                (0x30...0x3A).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
                    || "-.".utf8.contains(byte)
            }
    }

    private static func token(_ values: [String: String]) throws(ClientFault) -> String? {
        let file = values["DRUMBEAT_TOKEN_FILE"]
        guard values["DRUMBEAT_TOKEN"] == nil || file == nil else {
            throw ClientFault("DRUMBEAT_TOKEN and DRUMBEAT_TOKEN_FILE are both set. Remove one.")
        }
        var token = values["DRUMBEAT_TOKEN"]
        if let file {
            do throws(FileFault) {
                let bytes = try Files.read(file, bytesMax: fileBytesMax)
                token = trimmed(bytes.prefix { $0 != 0x0A })
            } catch {
                throw ClientFault("\(error). DRUMBEAT_TOKEN_FILE must name a file with a token.")
            }
        }
        guard let token else { return nil }
        guard !token.isEmpty, token.utf8.count <= tokenBytesMax,
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw ClientFault(
                "\(file == nil ? "DRUMBEAT_TOKEN" : "The first line of DRUMBEAT_TOKEN_FILE") is no token. "
                    + "A token looks like dbt_… and has no blanks.")
        }
        return token
    }
}
