import App
import Client
import Glibc
import Model
import OperatingSystem

/// The commands of the binary, and its exit codes.
enum Commands {
    struct Command: Sendable {
        let syntax: CommandSyntax
        /// Its own text, or that of the table.
        private let ownHelp: String?
        private let body: @Sendable ([String]) throws -> ExitCode

        var name: String { syntax.name }
        var help: String { ownHelp ?? syntax.help }
        /// `usage: drumbeat note [INC] TEXT [FLAGS]`: the beginning of the help.
        var synopsis: String {
            String(help.prefix(upTo: help.firstRange(of: "\n\n")?.lowerBound ?? help.endIndex))
        }

        /// A command of the server, which reads the configuration.
        init(
            _ syntax: CommandSyntax, help: String, run: @escaping @Sendable (Invocation) throws -> ExitCode
        ) {
            self.syntax = syntax
            ownHelp = help
            body = { try run(Invocation($0)) }
        }

        /// A command that does not.
        init(_ syntax: CommandSyntax, run: @escaping @Sendable (ParsedArguments) throws -> ExitCode) {
            self.syntax = syntax
            ownHelp = nil
            body = { try run(ParsedArguments($0, by: syntax)) }
        }

        func run(_ arguments: [String]) throws -> ExitCode { try body(arguments) }
    }

    enum ExitCode: Int32 {
        case success = 0
        case failure = 1
        case usage = 2
        /// EX_CONFIG of sysexits.h.
        case configuration = 78
    }

    /// In the order of `CommandSyntax.all`.
    static let all: [Command] = [
        setup,
        declare, list, show, note, confirm, correct, todos, nextAction, context, impact, draft, lint, update,
        nothingNew, raise, status, check,
        role, escalate, snooze, follow,
        mitigate, rollback, approve, outcome, mitigations,
        freeze, allow, lift,
        checklist, tick, importLog,
        serve, migrate, token, verify, healthcheck, config,
        completion, manual,
    ]

    static func run(_ arguments: [String]) -> ExitCode {
        guard let name = arguments.first else {
            Output.error(overview)
            return .usage
        }
        if ["--help", "-h", "help"].contains(name) { return help(arguments.dropFirst().first) }
        if ["--version", "-v", "-V", "version"].contains(name) {
            Output.print("drumbeat \(drumbeatVersion) (\(Libraries.versions))")
            return .success
        }
        guard let command = all.first(where: { $0.name == name }) else {
            return unknown(name, followedBy: arguments.dropFirst())
        }
        let rest = Array(arguments.dropFirst())
        let flags = rest.prefix { $0 != "--" }
        if flags.contains("--help") || flags.contains("-h") {
            Output.print(command.help)
            return .success
        }
        do {
            return try command.run(rest)
        } catch let fault as ConfigurationFault {
            Output.error("drumbeat: \(fault)")
            return .configuration
        } catch let fault as InheritedSockets.Fault {
            Output.error("drumbeat \(name): \(fault)")
            return .configuration
        } catch let usage as UsageFault {
            // The whole help would push the reason off the screen.
            Output.error(
                "drumbeat \(name): \(usage.detail)\n\(command.synopsis)\nFor its flags: drumbeat help \(name)"
            )
            return .usage
        } catch {
            Output.error("drumbeat \(name): \(error)")
            return .failure
        }
    }

    private static func unknown(_ name: String, followedBy rest: ArraySlice<String> = []) -> ExitCode {
        let command = rest.lazy.compactMap { word in all.first { $0.name == word } }.first
        if name.hasPrefix("-"), let command {
            Output.error(
                "drumbeat: flags come after the command: drumbeat \(command.name) \(name) …\n\(command.synopsis)"
            )
        } else {
            let guess = Spelling.nearest(to: name, among: all.map(\.name)).map {
                "\nDid you mean drumbeat \($0)?"
            }
            Output.error(
                "drumbeat: unknown command \(name.onOneLine). drumbeat help lists the commands.\n"
                    + "\(CommandSyntax.overviewUsage)\(guess ?? "")")
        }
        return .usage
    }

    private static func help(_ name: String?) -> ExitCode {
        guard let name else {
            Output.print(overview)
            return .success
        }
        guard let command = all.first(where: { $0.name == name }) else { return unknown(name) }
        Output.print(command.help)
        return .success
    }

    private static var overview: String {
        """
        drumbeat \(drumbeatVersion): coordinates live incidents over HTTP.

        \(CommandSyntax.overview)

          --version     print the version
          --help        print this; drumbeat COMMAND --help explains a command

        For the server every setting is a flag, an environment variable and a line of config/drumbeat.conf. If that file does not exist,
        /etc/drumbeat/drumbeat.conf is read; --config FILE names another. Run drumbeat config check to list the settings.
        The client reads DRUMBEAT_URL and DRUMBEAT_TOKEN.
        """
    }
}

/// A command's arguments, with the configuration flags removed.
struct Invocation {
    let configuration: Configuration
    let rest: [String]
    let warnings: [String]

    init(_ arguments: [String]) throws(ConfigurationFault) {
        let reader = ConfigurationReader(
            environment: Libraries.environment, files: ConfigurationReader.defaultFiles)
        (configuration, rest, warnings) = try reader.read(flags: arguments)
    }

    /// Which configuration file was read, in one sentence.
    var fileRead: String {
        configuration.file.map { "The configuration file is \($0)." }
            ?? "There is no configuration file: \(ConfigurationReader.defaultFiles.joined(separator: " and ")) do not exist."
    }

    /// Refuses unknown flags and surplus arguments.
    func allow(atMost count: Int) throws(UsageFault) {
        if let unknown = rest.first(where: { $0.hasPrefix("-") }) {
            throw UsageFault(
                "unknown flag \(unknown). Run drumbeat config check to list the keys; each is a flag: --first-update 20s."
            )
        }
        if rest.count > count { throw UsageFault("too many arguments: \(rest.joined(separator: " ")).") }
    }
}

/// Complete writes to standard output and standard error, also to pipes and files.
enum Output {
    /// Opens /dev/null for a standard stream that the parent closed. Otherwise the next file or connection gets its number, and output
    /// meant for a log or a terminal goes there.
    static func occupyMissing() {
        for number: Int32 in 0...2 where fcntl(number, F_GETFD) == -1 {
            // Returns the lowest free number, which is this one.
            guard open("/dev/null", O_RDWR) >= 0 else { return }
        }
    }

    static func print(_ text: String) {
        write(text + "\n", to: 1)
    }

    static func error(_ text: String) {
        write(text + "\n", to: 2)
    }

    /// Overwrites the terminal's current line, for progress.
    static func progress(_ text: String) {
        write("\r\u{1B}[K" + text, to: 2)
    }

    /// Returns whether all of it was written.
    @discardableResult static func write(_ text: String, to descriptor: Int32) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            // A reader that went away must not end the service.
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}

func exitNow(_ code: Commands.ExitCode) -> Never {
    exit(code.rawValue)
}
