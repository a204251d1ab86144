import Addresses
import Engine
import HTTP
import HTTPServer
import Incidents
import Logging
import OperatingSystem
import Outbound
import Model
import Time

/// A configuration key: name, default, meaning and parser. `docs/configuration.md` has the same table.
public struct Setting: Sendable {
    /// The source of a value; later cases take precedence.
    public enum Origin: Sendable, Equatable, CustomStringConvertible {
        case `default`
        case file(String, line: Int)
        case environment
        case flag(String)

        public var description: String {
            switch self {
            case .default: "default"
            case .file(let path, let line): "\(path) line \(line)"
            case .environment: "environment"
            case .flag(let flag): flag
            }
        }
    }

    /// `DRUMBEAT_LISTEN`, for example.
    public let key: String
    /// The default, as an operator would write it.
    public let fallback: String
    public let meaning: String
    /// Completes "must be …".
    let allowed: String
    /// What is wrong with an invalid value, if more can be said than `allowed`.
    var explain: @Sendable (String) -> String? = { _ in nil }
    /// Parses and stores a value; `false` when it is invalid.
    let apply: @Sendable (inout Configuration, String) -> Bool

    /// Whether the default is a value and not a description such as "none".
    public var hasDefaultValue: Bool {
        !["from DRUMBEAT_LISTEN", "none", "built in", "any", "as INTERVAL", "as FIRST_UPDATE", "as WATCH"]
            .contains(
                fallback)
    }

    /// Compared as bytes: `String` equality treats the Kelvin sign as a K.
    static func named(_ key: String) -> Setting? {
        all.first { $0.key.utf8.elementsEqual(key.utf8) }
    }

    /// `--listen`, for example.
    public var flag: String {
        "--"
            + key.dropFirst("DRUMBEAT_".count).utf8.map { byte in
                byte == 0x5F ? "-" : asciiLowercased(String(decoding: [byte], as: UTF8.self))
            }.joined()
    }

    /// In the order of api.md, then the server's limits and timeouts.
    public static let all: [Setting] = basics + cadence + watch + surroundings + caps

    private static let basics: [Setting] = [
        Setting(
            key: "DRUMBEAT_LISTEN", fallback: "127.0.0.1:8080",
            meaning: "address and port to listen on; port 0 picks a free port and logs it",
            allowed: "an address and a port such as 127.0.0.1:8080 or [::1]:8080"
        ) { configuration, text in
            configuration.server.listen = text
            return ListenAddress(text) != nil
        },
        Setting(
            key: "DRUMBEAT_DATABASE", fallback: "sqlite:data/drumbeat.db", meaning: "the database",
            allowed: "sqlite: and a file's path, such as sqlite:data/drumbeat.db"
        ) { configuration, text in
            guard text.hasPrefix("sqlite:"), text.utf8.count > 7, !text.utf8.contains(0) else { return false }
            configuration.database = String(text.dropFirst(7))
            return true
        },
        count(
            "BATCH_MAX", "256", "maximum number of writes in one transaction, and so in one sync",
            1...WriteLane.batchMax, \.batchMax),
        Setting(
            key: "DRUMBEAT_PUBLIC_URL", fallback: "from DRUMBEAT_LISTEN",
            meaning: "base URL of the links in nags",
            allowed: "an http or https URL without a trailing slash"
        ) { configuration, text in
            configuration.publicURL = text
            return isURL(text)
        },
        Setting(
            key: "DRUMBEAT_ADMIN_TOKEN_FILE", fallback: "none",
            meaning: "file of the admin token; the first start reads the token from it, or writes it",
            allowed: "a file's path"
        ) { configuration, text in
            configuration.adminTokenFile = text
            return !text.isEmpty && !text.isQuoted
        },
    ]

    private static let cadence: [Setting] =
        [
            duration("INTERVAL", "15m", "time from a status update to the next deadline") {
                policy, duration in
                policy.minor.interval = duration
                policy.major.interval = duration
                policy.critical.interval = duration
            },
            duration("INTERVAL_CRITICAL", "as INTERVAL", "the same for critical") {
                $0.critical.interval = $1
            },
            duration("INTERVAL_MAJOR", "as INTERVAL", "the same for major") { $0.major.interval = $1 },
            duration("INTERVAL_MINOR", "as INTERVAL", "the same for minor") { $0.minor.interval = $1 },
            duration("FIRST_UPDATE", "5m", "time from declaring to the first deadline") { policy, duration in
                policy.minor.firstUpdate = duration
                policy.major.firstUpdate = duration
                policy.critical.firstUpdate = duration
            },
            duration("FIRST_UPDATE_CRITICAL", "as FIRST_UPDATE", "the same for critical") {
                $0.critical.firstUpdate = $1
            },
            duration("FIRST_UPDATE_MAJOR", "as FIRST_UPDATE", "the same for major") {
                $0.major.firstUpdate = $1
            },
            duration("FIRST_UPDATE_MINOR", "as FIRST_UPDATE", "the same for minor") {
                $0.minor.firstUpdate = $1
            },
        ] + [
            Setting(
                key: "DRUMBEAT_NAG_STEPS", fallback: "0s,5m,10m",
                meaning: "delays of nags 1, 2, 3 … after a missed deadline",
                allowed: "one to twelve ascending durations of whole seconds, such as 0s,5m,10m"
            ) { configuration, text in
                let steps = text.split(separator: ",", omittingEmptySubsequences: false).map {
                    DurationText.parse(String($0)).flatMap { $0.isWholeSeconds ? $0 : nil }
                }
                let known = steps.compactMap(\.self)
                guard known.count == steps.count, (1...12).contains(known.count),
                    zip(known, known.dropFirst()).allSatisfy({ $0 < $1 })
                else { return false }
                configuration.policy.nagSteps = known
                return true
            },
            count(
                "NAG_MAX", "12",
                "number of nags at the interval for one deadline; later ones come hourly, and daily after a day",
                1...100, \.policy.nagMax),
            duration(
                "DUE_SOON", "2m", "time before a deadline at which update.due_soon is sent; 0s disables it",
                of: "of whole seconds such as 2m, at most a day", .zero ... .seconds(86_400)
            ) { configuration, duration in
                configuration.policy.dueSoon = duration
                return duration.isWholeSeconds
            },
            duration(
                "DECISION_AFTER", "60m",
                "time from declaring or an escalation to the decision deadline (resolve or escalate)"
            ) { $0.decisionAfter = $1 },
            duration("NO_PROGRESS", "30m", "time without any entry after which the no-progress nag is sent") {
                $0.noProgress = $1
            },
            Setting(
                key: "DRUMBEAT_FREEZE_FROM", fallback: "major",
                meaning: "lowest severity at which an open incident freezes deploys in its scope",
                allowed: "minor, major, critical or never"
            ) { configuration, text in
                configuration.policy.freezeFrom = Severity(rawValue: text)
                return text == "never" || configuration.policy.freezeFrom != nil
            },
            Setting(
                key: "DRUMBEAT_PUBLIC_FREEZE", fallback: "no",
                meaning:
                    "whether GET /v1/freeze answers without a token, with the refs of the incidents only",
                allowed: "yes or no"
            ) { configuration, text in
                configuration.freezeIsPublic = text == "yes"
                return text == "yes" || text == "no"
            },
            Setting(
                key: "DRUMBEAT_SHIFT", fallback: "4h",
                meaning: "time after which commander and communicator are asked to hand over; 0s disables it",
                allowed: "a duration of whole seconds such as 4h, at most 7d"
            ) { configuration, text in
                guard let duration = DurationText.parse(text), duration.isWholeSeconds,
                    duration <= .seconds(7 * 86_400)
                else { return false }
                configuration.policy.shift = duration
                return true
            },
        ]

    private static let surroundings: [Setting] = [
        Setting(
            key: "DRUMBEAT_LINT", fallback: "warn",
            meaning:
                "what happens to an update in which the linter finds something: it is published with the findings, or refused",
            allowed: "warn, block or off"
        ) { configuration, text in
            guard let mode = UpdateLint.Mode(rawValue: text) else { return false }
            configuration.lintMode = mode
            return true
        },
        Setting(
            key: "DRUMBEAT_TEXTS", fallback: "built in",
            meaning: "folder whose templates/, lint/ and checklists/ files replace the built-in texts",
            allowed: "the path of an existing folder"
        ) { configuration, text in
            configuration.textsFolder = text
            // Otherwise a mistyped folder, and with it every template in it, would be ignored silently.
            return !text.isEmpty && Files.exists(text + "/.")
        },
        Setting(
            key: "DRUMBEAT_TIME_ZONE", fallback: "UTC", meaning: "time zone of the times in drafts",
            allowed: "a zone of the system's time-zone data, such as Europe/Berlin"
        ) { configuration, text in
            configuration.timeZone = text
            return LocalTime.isKnown(text)
        },
        networks(
            "WEBHOOK_ALLOW", "private networks that webhooks may reach, also over http",
            allowed: "comma-separated networks, such as 10.0.0.0/8,127.0.0.0/8"
        ) { $0.webhookAllow = $1 },
        Setting(
            key: "DRUMBEAT_WEBHOOK_CA_FILE", fallback: "none",
            meaning: "CA certificates that webhooks trust in addition to the system's",
            allowed: "a readable file's path"
        ) { configuration, text in
            configuration.webhookCAFile = text
            return Files.exists(text)
        },
        webhookTimeout("WEBHOOK_TIMEOUT", "15s", "timeout of one delivery attempt of a webhook") {
            $0.total = $1
            $0.quiet = $1
        },
        webhookTimeout(
            "WEBHOOK_CONNECT_TIMEOUT", "5s", "connect timeout (DNS, TCP, TLS), part of WEBHOOK_TIMEOUT"
        ) {
            $0.connect = $1
        },
        Setting(
            key: "DRUMBEAT_HOSTS", fallback: "any", meaning: "accepted Host names",
            allowed: "comma-separated names, with the port unless it is the default"
        ) { configuration, text in
            let hosts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            configuration.server.hosts = hosts
            return HostList(hosts) != nil
        },
        Setting(
            key: "DRUMBEAT_CORS_ORIGINS", fallback: "none",
            meaning: "origins whose pages may call from a browser, with a bearer token",
            allowed:
                "comma-separated origins in lower case, such as https://dashboard.example,http://localhost:5173"
        ) { configuration, text in
            configuration.server.crossOrigins = CrossOrigins(
                text.split(separator: ",", omittingEmptySubsequences: false).map(String.init))
            return configuration.server.crossOrigins != nil
        },
        networks(
            "TRUSTED_PROXIES", "proxies whose X-Forwarded-For is trusted",
            allowed: "addresses or comma-separated networks, such as 127.0.0.1,10.0.0.0/24"
        ) { $0.server.trustedProxies = TrustedProxies($1) },
        count(
            orWord: "off", "RATE_LIMIT",
            "maximum writes per second of one token; declaring, raising and publishing are never refused",
            1...100_000, \.writesPerSecondAndToken),
        Setting(
            key: "DRUMBEAT_LOG_LEVEL", fallback: "info",
            meaning: "minimum level of the log on standard error",
            allowed: "one of " + Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        ) { configuration, text in
            guard let level = Logger.Level(rawValue: text) else { return false }
            configuration.logLevel = level
            return true
        },
        Setting(
            key: "DRUMBEAT_LOG_FORMAT", fallback: "auto",
            meaning: "format of log lines; auto is text on a terminal, else json",
            allowed: "auto, text or json"
        ) { configuration, text in
            configuration.logFormat = Logger.Format(rawValue: text)
            return text == "auto" || configuration.logFormat != nil
        },
    ]

    /// The server's limits and timeouts.
    private static let caps: [Setting] = [
        timeout("FIRST_BYTE_TIMEOUT", "10s", "timeout from accept to the first byte", \.firstByteTimeout),
        timeout("HEADERS_TIMEOUT", "10s", "timeout of the whole request head", \.headersTimeout),
        timeout("BODY_TIMEOUT", "10s", "timeout between two pieces of a body", \.bodyIdleTimeout),
        timeout(
            "BODY_TIME_MAX", "60s", "maximum time of a body in all, whatever its rate", \.bodyTimeMax),
        timeout("HANDLER_TIMEOUT", "10s", "timeout of a handler", \.handlerTimeout),
        timeout("WRITE_TIMEOUT", "30s", "timeout of a write to a slow reader", \.writeIdleTimeout),
        timeout(
            "KEEP_ALIVE_TIMEOUT", "75s", "idle timeout between two requests of a connection",
            \.keepAliveTimeout),
        count(
            "BODY_RATE_MIN", "1024", "minimum rate of a body, in bytes per second", 1...1_048_576,
            \.server.bodyBytesPerSecondMin),
        count(
            "CONNECTIONS_MAX", "12000", "maximum number of connections", 1...1_000_000,
            \.server.connectionsMax),
        count(
            orWord: "quarter", "WAITS_PER_TOKEN_MAX",
            "maximum number of streams and long polls of one token; quarter is a quarter of CONNECTIONS_MAX",
            1...1_000_000, \.server.waitsPerTokenMax),
        count(
            "UNAUTHENTICATED_MAX", "256",
            "maximum number of connections of one address that have sent no valid token",
            1...100_000,
            \.server.unauthenticatedPerAddressMax),
        count(
            "DESCRIPTORS_RESERVED", "200", "file descriptors reserved for the database and webhooks",
            50...100_000, \.server.descriptorsReserved),
        count(
            "IN_FLIGHT_MAX", "1024",
            "maximum number of requests in progress of one token, at most a quarter of the connections",
            1...100_000, \.inFlightPerTokenMax),
        count(
            "REQUEST_LINE_MAX", "8192", "maximum bytes of a request line", 256...65_536,
            \.server.limits.requestLineBytesMax),
        count(
            "HEADER_LINE_MAX", "8192", "maximum bytes of one header field", 256...65_536,
            \.server.limits.fieldLineBytesMax),
        count(
            "HEADERS_MAX", "16384", "maximum bytes of all header fields", 1_024...262_144,
            \.server.limits.fieldsBytesMax),
        count(
            "HEADER_COUNT_MAX", "100", "maximum number of header fields", 8...1_000, \.server.limits.fieldsMax
        ),
        count(
            "BODY_MAX", "262144", "maximum bytes of a body", 1_024...1_048_576,
            \.server.limits.bodyBytesDefault),
        count(
            "REQUESTS_PER_CONNECTION_MAX", "100000", "maximum number of requests of one connection",
            1...1_000_000_000,
            \.server.limits.requestsPerConnectionMax),
    ]
}
