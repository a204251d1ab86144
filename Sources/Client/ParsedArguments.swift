import Encoding

/// The arguments of a command, read by its syntax.
///
/// GNU style: `--flag value` or `--flag=value`, in any place; after `--` nothing is a flag; `-` is an argument.
public struct ParsedArguments: Equatable, Sendable {
    /// As in a path: `INC-7`; `nil` if it was left out.
    public private(set) var incident: String?
    /// By the names of the syntax.
    private var texts: [String: String] = [:]
    private var values: [String: [String]] = [:]

    public init(_ arguments: [String], by syntax: CommandSyntax) throws(UsageFault) {
        var operands: [String] = []
        var rest = arguments[...]
        var flagsEnded = false
        while let word = rest.popFirst() {
            guard !flagsEnded, word.hasPrefix("-"), word != "-" else {
                operands.append(word)
                continue
            }
            if word == "--" {
                flagsEnded = true
                continue
            }
            try takeFlag(word, &rest, by: syntax)
        }
        try takeOperands(operands, by: syntax)
    }

    /// The argument of that name.
    public func text(_ name: String) -> String? { texts[name] }

    /// The value of a flag.
    public func flag(_ name: String) -> String? { values[name]?.last }

    /// The values of a flag that may be repeated.
    public func flags(_ name: String) -> [String] { values[name] ?? [] }

    public func has(_ name: String) -> Bool { values[name] != nil }

    private mutating func takeFlag(
        _ word: String, _ rest: inout ArraySlice<String>, by syntax: CommandSyntax
    ) throws(UsageFault) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        guard let flag = syntax.flags.first(where: { $0.name == parts.first }) else {
            let known = syntax.flags.map(\.name).joined(separator: ", ")
            throw UsageFault(
                "unknown flag \(parts.first ?? word). A text that begins with - comes after --. The flags are \(known)."
            )
        }
        guard flag.isRepeatable || values[flag.name] == nil else {
            throw UsageFault("\(flag.name) is given twice.")
        }
        if flag.value == nil {
            guard parts.count == 1 else { throw UsageFault("\(flag.name) takes no value.") }
            values[flag.name] = [""]
        } else {
            guard let value = parts.count == 2 ? parts.last : rest.popFirst() else {
                throw UsageFault("\(flag.name) needs a value.")
            }
            values[flag.name, default: []].append(value)
        }
    }

    /// What to do about too many arguments. A ref comes first in most commands, so also where none is taken.
    private static func surplus(_ operands: [String], by syntax: CommandSyntax) -> String {
        let takesIncident = syntax.arguments.first.map { [.incident, .requiredIncident].contains($0.kind) }
        if takesIncident != true, let word = operands.first, let name = IncidentName.parse(word) {
            if syntax.flags.contains(where: { $0.name == "--incident" }) {
                return "too many arguments. The incident is a flag here: --incident \(name)."
            }
            if syntax.arguments.isEmpty {
                return "drumbeat \(syntax.name) takes no incident. To see one: drumbeat show \(name)."
            }
        }
        return "too many arguments. Put a text of several words in quotation marks."
    }

    private mutating func takeOperands(_ operands: [String], by syntax: CommandSyntax) throws(UsageFault) {
        let given = operands
        var operands = operands[...]
        var arguments = syntax.arguments[...]
        if let first = arguments.first, first.kind == .incident || first.kind == .requiredIncident {
            arguments = arguments.dropFirst()
            if let word = operands.first {
                if let named = IncidentName.parse(word) {
                    incident = named
                    operands = operands.dropFirst()
                } else if operands.count == arguments.count + 1 {
                    throw UsageFault("\(word.onOneLine) names no incident. Use a ref, such as INC-7 or 7.")
                }
            }
            if first.kind == .requiredIncident, incident == nil {
                throw UsageFault("\(first.name) is missing.")
            }
        }
        for argument in arguments {
            if let word = operands.popFirst() {
                texts[argument.name] = word
            } else if argument.kind != .optional {
                throw UsageFault("\(argument.name) is missing: \(argument.meaning).")
            }
        }
        guard operands.isEmpty else { throw UsageFault(Self.surplus(given, by: syntax)) }
    }
}
