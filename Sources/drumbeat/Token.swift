import App
import Client
import Encoding
import Engine
import Glibc
import Incidents
import Journal
import JSON
import Storage
import Time

extension Commands {
    static let token = Command(
        .token,
        help: """
            usage: drumbeat token create --name NAME --scope read|post|command|admin [--expires 90d|TIME]
                   drumbeat token list
                   drumbeat token revoke ID|NAME

            Each takes --database sqlite:FILE or --config FILE, for the database of the service. Without them it is the one that
            drumbeat config check shows.

            Works while the service runs; the service sees the change within a second. create prints only the secret, once, on
            standard output. Each scope includes the ones before it. A name is unique among valid tokens. --expires is a duration
            (90d, 12h) or an RFC 3339 time with an offset. list shows the last use to the minute, as of the last minute.
            """
    ) { invocation in
        var arguments = invocation.rest[...]
        switch arguments.popFirst() {
        case "create"?: return try create(TokenFlags(arguments), invocation.configuration)
        case "list"? where arguments.isEmpty: return try list(invocation.configuration)
        case "revoke"? where arguments.count == 1:
            return try revoke(arguments.first ?? "", invocation.configuration)
        default: throw UsageFault("the command is create, list or revoke ID|NAME.")
        }
    }

    private struct TokenFlags {
        var name = ""
        var scope = Scope.read
        var end: End?

        enum End {
            case after(Duration)
            case at(Timestamp)

            init?(_ text: String) {
                if let duration = DurationText.parse(text), duration > .zero {
                    self = .after(duration)
                } else if let moment = try? Timestamp(rfc3339: text) {
                    self = .at(moment)
                } else {
                    return nil
                }
            }
        }

        init(_ arguments: ArraySlice<String>) throws(UsageFault) {
            var arguments = arguments
            var given: Set<String> = []
            while let argument = arguments.popFirst() {
                let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    .map(String.init)
                let flag = parts.first ?? ""
                guard ["--name", "--scope", "--expires"].contains(flag) else {
                    throw UsageFault("unknown argument \(argument).")
                }
                guard let value = parts.count == 2 ? parts.last : arguments.popFirst() else {
                    throw UsageFault("\(flag) needs a value.")
                }
                given.insert(flag)
                switch flag {
                case "--name": name = value
                case "--expires":
                    guard let known = End(value) else {
                        throw UsageFault(
                            "--expires must be a duration such as 90d, or a time such as 2026-12-31T00:00:00Z."
                        )
                    }
                    end = known
                default:
                    guard let known = Scope(rawValue: value) else {
                        throw UsageFault(
                            "--scope must be one of \(Scope.allCases.map(\.rawValue).joined(separator: ", "))."
                        )
                    }
                    scope = known
                }
            }
            guard given.isSuperset(of: ["--name", "--scope"]) else {
                throw UsageFault("--name and --scope are both required.")
            }
            let isFit =
                !name.isEmpty && name.utf8.count <= 200
                && !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
            guard isFit else { throw UsageFault("--name must have 1 to 200 bytes, on one line.") }
        }
    }

    private static func create(_ flags: TokenFlags, _ configuration: Configuration) throws -> ExitCode {
        let (now, random) = (SystemTime().wall(), SystemRandom())
        let secret = TokenSecret.make(random)
        let end: Timestamp? =
            switch flags.end {
            case nil: nil
            case .after(let duration)?: now + duration
            case .at(let moment)?: moment
            }
        if let end, end <= now { throw UsageFault("--expires must be later than now.") }
        let token = Token(
            id: "tok_" + ULID.make(at: now, random), name: flags.name, scope: flags.scope,
            secretHash: TokenSecret.hash(secret), createdAt: now, revokedAt: nil, expiresAt: end)
        let store = try open(configuration)
        defer { store.close() }
        if let namesake = try store.insert(token) {
            Output.error(
                "drumbeat token create: the valid token \(namesake.id) has the name \(namesake.name.shown). Choose another name, "
                    + "or revoke that token."
            )
            return .failure
        }
        let isAccepted = waitUntilAccepted(secret, configuration)
        Output.print(secret)
        Output.error(
            """
            \(token.id) (\(token.name.shown), \(token.scope.rawValue)). The secret is shown only once. \
            \(isAccepted ? "The running service accepts it." : "A running service accepts it within a second.")
            """)
        return .success
    }

    /// Waits until the service at the configured address knows a new token, at most two seconds, so that a script may use it at once.
    /// Returns whether it does; without a service it returns immediately.
    private static func waitUntilAccepted(_ secret: String, _ configuration: Configuration) -> Bool {
        for _ in 0..<8 {
            // Each question with a token that is not known yet counts as an invalid one.
            poll(nil, 0, 300)
            let hosts = configuration.server.hosts
            guard
                let answer = HealthCheck.ask(configuration.server.listen, named: hosts?.first, token: secret),
                case .object(let body)? = try? JSONReader.read(answer.body)
            else { return false }
            // /readyz shows its checks to the holder of a token only.
            if body["checks"] != nil { return true }
        }
        return false
    }

    private static func list(_ configuration: Configuration) throws -> ExitCode {
        let store = try open(configuration)
        defer { store.close() }
        let now = SystemTime().wall()
        Output.print(
            ["id", "scope", "created", "expires", "last used", "state", "name"].joined(separator: "\t"))
        for token in try store.tokens() {
            let state = token.revokedAt != nil ? "revoked" : token.isValid(at: now) ? "valid" : "expired"
            Output.print(
                [
                    token.id, token.scope.rawValue, token.createdAt.rfc3339,
                    token.expiresAt?.rfc3339 ?? "never",
                    token.lastUsedAt?.rfc3339 ?? "never", state, token.name.shown,
                ].joined(separator: "\t"))
        }
        return .success
    }

    /// `name` is an id, or the name of a valid token.
    private static func revoke(_ name: String, _ configuration: Configuration) throws -> ExitCode {
        let store = try open(configuration)
        defer { store.close() }
        let now = SystemTime().wall()
        let valid = try store.tokens().filter { $0.isValid(at: now) }
        let meant = valid.first { $0.id == name }.map { [$0] } ?? valid.filter { $0.isNamed(name) }
        guard let token = meant.first else {
            Output.error(
                "drumbeat token revoke: no valid token has the id or name \(name.shown). Run drumbeat token list to list the tokens."
            )
            return .failure
        }
        guard meant.count == 1 else {
            // A rotated token and its successor, or tokens of an earlier release.
            Output.error(
                "drumbeat token revoke: several valid tokens have the name \(name.shown). Revoke one by its id: "
                    + meant.map(\.id).joined(separator: ", ") + ".")
            return .failure
        }
        guard try store.revoke(token.id, at: now) else {
            Output.error("drumbeat token revoke: \(token.id) was revoked meanwhile.")
            return .failure
        }
        Output.print("revoked \(token.id)")
        return .success
    }

    private static func open(_ configuration: Configuration) throws -> TokenStore {
        let store = try TokenStore.open(path: configuration.database, now: SystemTime().wall())
        for warning in store.warnings { Output.error("drumbeat token: \(warning)") }
        return store
    }
}
