import App
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
        name: "token", summary: "create, list and revoke tokens",
        help: """
            usage: drumbeat token create --name NAME --scope read|post|command|admin
                   drumbeat token list
                   drumbeat token revoke ID

            Each takes --database sqlite:FILE or --config FILE, for the database of the service. Without them it is the one that
            drumbeat config check shows.

            Works while the service runs; the service sees the change within a second. create prints only the secret, once, on
            standard output. Each scope includes the ones before it.
            """
    ) { invocation in
        var arguments = invocation.rest[...]
        switch arguments.popFirst() {
        case "create"?: return try create(TokenFlags(arguments), invocation.configuration)
        case "list"? where arguments.isEmpty: return try list(invocation.configuration)
        case "revoke"? where arguments.count == 1:
            return try revoke(arguments.first ?? "", invocation.configuration)
        default: throw UsageFault("the command is create, list or revoke ID.")
        }
    }

    private struct TokenFlags {
        var name = ""
        var scope = Scope.read

        init(_ arguments: ArraySlice<String>) throws(UsageFault) {
            var arguments = arguments
            var given: Set<String> = []
            while let argument = arguments.popFirst() {
                let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    .map(String.init)
                let flag = parts.first ?? ""
                guard ["--name", "--scope"].contains(flag) else {
                    throw UsageFault("unknown argument \(argument).")
                }
                guard let value = parts.count == 2 ? parts.last : arguments.popFirst() else {
                    throw UsageFault("\(flag) needs a value.")
                }
                given.insert(flag)
                if flag == "--name" {
                    name = value
                } else {
                    guard let known = Scope(rawValue: value) else {
                        throw UsageFault(
                            "--scope must be one of \(Scope.allCases.map(\.rawValue).joined(separator: ", "))."
                        )
                    }
                    scope = known
                }
            }
            guard given.count == 2 else { throw UsageFault("--name and --scope are both required.") }
            let isFit =
                !name.isEmpty && name.utf8.count <= 200
                && !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
            guard isFit else { throw UsageFault("--name must have 1 to 200 bytes, on one line.") }
        }
    }

    private static func create(_ flags: TokenFlags, _ configuration: Configuration) throws -> ExitCode {
        let (now, random) = (SystemTime().wall(), SystemRandom())
        let secret = TokenSecret.make(random)
        let token = Token(
            id: "tok_" + ULID.make(at: now, random), name: flags.name, scope: flags.scope,
            secretHash: TokenSecret.hash(secret), createdAt: now, revokedAt: nil)
        let store = try open(configuration)
        defer { store.close() }
        try store.insert(token)
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
        for _ in 0..<40 {
            let hosts = configuration.server.hosts
            guard
                let answer = HealthCheck.ask(configuration.server.listen, named: hosts?.first, token: secret),
                case .object(let body)? = try? JSONReader.read(answer.body)
            else { return false }
            // /readyz shows its checks to the holder of a token only.
            if body["checks"] != nil { return true }
            poll(nil, 0, 50)
        }
        return false
    }

    private static func list(_ configuration: Configuration) throws -> ExitCode {
        let store = try open(configuration)
        defer { store.close() }
        for token in try store.tokens() {
            let state = token.revokedAt.map { "revoked \($0.rfc3339)" } ?? "valid"
            Output.print(
                [token.id, token.scope.rawValue, token.createdAt.rfc3339, state, token.name.shown].joined(
                    separator: "\t"))
        }
        return .success
    }

    private static func revoke(_ id: String, _ configuration: Configuration) throws -> ExitCode {
        let store = try open(configuration)
        defer { store.close() }
        guard try store.revoke(id, at: SystemTime().wall()) else {
            Output.error(
                "drumbeat token revoke: no valid token has the id \(id). Run drumbeat token list to list the tokens."
            )
            return .failure
        }
        Output.print("revoked \(id)")
        return .success
    }

    private static func open(_ configuration: Configuration) throws -> TokenStore {
        let store = try TokenStore.open(path: configuration.database, now: SystemTime().wall())
        for warning in store.warnings { Output.error("drumbeat token: \(warning)") }
        return store
    }
}
