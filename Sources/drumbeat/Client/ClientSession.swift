import App
import Client
import Encoding
import Glibc
import JSON
import Time

/// What a command of the client works with: the service, the arguments, the screen.
struct ClientSession {
    let arguments: ParsedArguments
    private let settings: ClientSettings
    let caller: ServiceCaller
    let screen: Screen
    let environment: [String: String]

    var isJSON: Bool { arguments.has("--json") }

    /// A command that calls the service.
    static func command(
        _ syntax: CommandSyntax, _ body: @escaping @Sendable (ClientSession) throws -> Commands.ExitCode
    ) -> Commands.Command {
        Commands.Command(syntax) { arguments in
            // A reader that went away must not end a write; output to it is dropped.
            signal(SIGPIPE, SIG_IGN)
            do {
                return try body(ClientSession(arguments))
            } catch let fault as ClientFault {
                if arguments.has("--json"), let problem = fault.problem, problem.json != nil {
                    Output.print(problem.body)
                }
                throw fault
            }
        }
    }

    private init(_ arguments: ParsedArguments) throws {
        self.arguments = arguments
        environment = Libraries.environment
        screen = Screen.current(environment: environment)
        settings = try ClientSettings(environment: environment)
        caller = try ServiceCaller(
            settings, time: SystemTime(), random: SystemRandom(), patience: try Self.patience(arguments),
            wait: Self.wait, say: { Output.error("drumbeat: \($0)") })
    }

    /// A second caller, which tries once.
    func impatientCaller() throws -> ServiceCaller {
        try ServiceCaller(
            settings, time: SystemTime(), random: SystemRandom(), patience: .zero, wait: Self.wait,
            say: { _ in })
    }

    static func wait(_ duration: Duration) {
        poll(nil, 0, Int32(max(0, min(duration.wholeMilliseconds, 60_000))))
    }

    private static func patience(_ arguments: ParsedArguments) throws(UsageFault) -> Duration {
        guard let text = arguments.flag("--retry") else { return ServiceCaller.patienceMax }
        guard let duration = DurationText.parse(text), duration <= ServiceCaller.patienceMax else {
            throw UsageFault("--retry must be a duration from 0s to 30s.")
        }
        return duration
    }

    /// The path of the incident that is named, or of the only open one.
    func incident() throws -> String {
        if let named = arguments.incident { return named }
        let open = try caller.get("/v1/incidents?limit=10").json.value("items")?.elements ?? []
        let (ref, title) = try IncidentName.only(of: open)
        Output.error("drumbeat: \(ref) (\(title.onOneLine)) is the only open incident.")
        return ref
    }

    /// A text that is an argument, or standard input for `-`.
    func text(_ argument: String?) throws -> String? {
        guard argument == "-" else { return argument }
        return try StandardInput.read()
    }

    /// Prints the answer of a write: as received, or in one line; warnings go to standard error.
    func report(_ reply: ServiceCaller.Reply, _ line: String) -> Commands.ExitCode {
        for warning in ServiceCaller.warnings(in: reply.json) { Output.error("warning: \(warning)") }
        if isJSON { Output.print(reply.body) } else { Output.print(line.onOneLine) }
        return .success
    }

    /// The author of a write, if one was named.
    var author: JSONValue? { arguments.flag("--author")?.asJSON }
}

extension Output {
    /// Prints a text as received, with a line end.
    static func print(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        print(text.utf8.last == 0x0A ? String(text.dropLast()) : text)
    }
}
