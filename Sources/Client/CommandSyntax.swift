/// A command of the binary as its user sees it.
///
/// Parsing, `--help`, the overview, the completions and the man page are made from it.
public struct CommandSyntax: Sendable {
    public struct Argument: Sendable {
        public enum Kind: Sendable {
            case text
            /// Names an incident, and may be left out while exactly one is open.
            case incident
            /// Names an incident.
            case requiredIncident
            /// May be left out.
            case optional
        }

        /// As the usage shows it: `TEXT`.
        let name: String
        let meaning: String
        let kind: Kind
        /// Words that a completion offers. The service decides which are valid.
        let choices: [String]

        init(_ name: String, _ meaning: String, kind: Kind = .text, choices: [String] = []) {
            self.name = name
            self.meaning = meaning
            self.kind = kind
            self.choices = choices
        }
    }

    public struct Flag: Sendable {
        /// `--severity`.
        let name: String
        /// The name of its value, as the usage shows it; `nil` for a switch.
        let value: String?
        let meaning: String
        let choices: [String]
        let isRepeatable: Bool

        init(
            _ name: String, _ value: String?, _ meaning: String, choices: [String] = [],
            isRepeatable: Bool = false
        ) {
            self.name = name
            self.value = value
            self.meaning = meaning
            self.choices = choices
            self.isRepeatable = isRepeatable
        }
    }

    public enum Side: Sendable {
        /// Talks to a running service.
        case client
        /// Sets a running service up.
        case setup
        /// Runs or maintains the service; has the configuration's keys as flags.
        case server
        /// Prints a text of the binary.
        case text
    }

    public let name: String
    public let summary: String
    public let side: Side
    let arguments: [Argument]
    let flags: [Flag]
    /// What else a user must know, in sentences.
    let remarks: String
    let example: String

    init(
        _ name: String, _ side: Side, _ summary: String, arguments: [Argument] = [], flags: [Flag] = [],
        remarks: String = "", example: String = ""
    ) {
        self.name = name
        self.side = side
        self.summary = summary
        self.arguments = arguments
        self.flags = flags
        self.remarks = remarks
        self.example = example
    }

    public var flagNames: [String] { flags.map(\.name) }

    /// `drumbeat note [INC] TEXT [flags]`.
    public var usage: String {
        let words = arguments.map { argument in
            switch argument.kind {
            case .incident, .optional: "[\(argument.name)]"
            case .text, .requiredIncident: argument.name
            }
        }
        return (["drumbeat", name] + words).joined(separator: " ") + (flags.isEmpty ? "" : " [FLAGS]")
    }
}
