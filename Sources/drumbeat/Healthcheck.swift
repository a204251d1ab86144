import App
import Client
import Encoding
import Engine
import Glibc
import JSON
import OperatingSystem

extension Commands {
    static let healthcheck = Command(
        .healthcheck,
        help: """
            usage: drumbeat healthcheck [--listen ADDRESS:PORT] [--config FILE]

            Calls /readyz at the configured address, with a timeout of 3 s. Exits with 0 if the service is ready, else with 1, and
            prints the failing check if it has a token, from DRUMBEAT_TOKEN or the file that DRUMBEAT_ADMIN_TOKEN_FILE names.
            Reads the same configuration file as serve: \(ConfigurationReader.defaultFiles.joined(separator: ", or else ")).
            """
    ) { invocation in
        try invocation.allow(atMost: 0)
        if let file = ConfigurationReader.defaultFiles.first(where: invocation.configuration.isRead(from:)),
            !Files.isOurs(file)
        {
            Output.error(
                "\(file) may be changed by other users, so it is not used. Remove their permission to write, or name it with --config."
            )
            return .failure
        }
        let address = invocation.configuration.server.listen
        let answer = HealthCheck.ask(
            address, named: invocation.configuration.server.hosts?.first,
            token: token(file: invocation.configuration.adminTokenFile))
        switch answer {
        case let answer? where answer.status == 200:
            Output.print("\(address): ready")
            for line in checks(in: answer.body) { Output.print(line) }
            return .success
        case let answer? where answer.status == 421:
            Output.error(
                """
                \(address): the service is running, but does not accept the Host name \
                \(invocation.configuration.server.hosts?.first ?? address). \
                Set DRUMBEAT_HOSTS for this command as for the service. \(invocation.fileRead)
                """)
        case let answer?:
            let lines = checks(in: answer.body)
            let reason = lines.isEmpty ? "; see the log of the service." : ":"
            Output.error("\(address): not ready (\(answer.status))\(reason)")
            for line in lines { Output.error(line) }
        case nil:
            Output.error(
                """
                \(address): no answer. Check that drumbeat serve is running and that DRUMBEAT_LISTEN names its address. \
                \(invocation.fileRead)
                """)
        }
        return .failure
    }
}

/// Inputs of `HealthCheck` other than the address, and the rendering of its response.
extension Commands {
    private static let tokenBytesMax = 256

    /// A token, if available: without access to the file only the status is shown.
    private static func token(file: String?) -> String? {
        if let value = getenv("DRUMBEAT_TOKEN") { return wellFormed(String(cString: value)) }
        guard let file, let bytes = try? Files.read(file, bytesMax: tokenBytesMax) else { return nil }
        return wellFormed(String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
    }

    /// Only a token is sent: the configuration names the file and the listener, and may be someone else's.
    private static func wellFormed(_ text: String) -> String? {
        TokenSecret.isWellFormed(text) ? text : nil
    }

    /// One line per check that is not ok.
    private static func checks(in body: [UInt8]) -> [String] {
        guard case .object(let answer)? = try? JSONReader.read(body),
            case .object(let checks)? = answer["checks"]
        else { return [] }
        return checks.members.compactMap { member in
            guard case .object(let check) = member.value, case .string(let status)? = check["status"],
                status != "ok"
            else { return nil }
            guard case .string(let detail)? = check["detail"] else {
                return "  \(member.name.shown): \(status.shown)"
            }
            return "  \(member.name.shown): \(status.shown). \(detail.shown)"
        }
    }
}
