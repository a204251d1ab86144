import Model

/// A value that a template can insert, as `{{name}}`.
public enum Placeholder: String, CaseIterable, Sendable {
    case ref, title, status, severity, impact, workaround, known, minutes
    case commander, communicator
    case technicalLead = "technical_lead"
    case nextAction = "next_action"
    case nextActionOwner = "next_action_owner"
    case nextUpdate = "next_update"
    case restoredWhen = "restored_when"
    case usersMust = "users_must"
    case whatNext = "what_next"
    case decision
    case recovery

    /// Whether a public draft may contain it: title, status, impact, workaround, evidence, minutes and the next time; beyond that only
    /// the incident's ref (domain.md, section 7). Values that are not recorded are filled in by the author anyway.
    var isPublic: Bool {
        switch self {
        case .ref, .title, .status, .impact, .workaround, .known, .minutes, .nextUpdate: true
        case .usersMust, .whatNext, .decision, .recovery: true
        case .severity, .commander, .communicator, .technicalLead, .nextAction, .nextActionOwner,
            .restoredWhen:
            false
        }
    }

    /// The text of an unfilled placeholder: `[FILL: what we know]`.
    var prompt: String {
        switch self {
        case .known: "what we know"
        case .commander: "who is on point"
        case .technicalLead: "who is fixing"
        case .nextActionOwner: "who does it"
        case .nextUpdate: "time of the next update"
        case .usersMust: "what users must do"
        case .whatNext: "what happens next"
        case .decision: "resolve or escalate, and why"
        case .recovery: "how recovery was confirmed"
        default: rawValue.split(separator: "_").joined(separator: " ")
        }
    }
}

/// The text of a status update with `{{placeholders}}`: plain text, replaceable by the operator (domain.md, section 7).
public struct Template: Sendable, Equatable {
    /// Why a text is not a valid template.
    public struct Fault: Error, Equatable, Sendable {
        /// From 1.
        public let line: Int
        /// What is wrong, and what is allowed.
        public let detail: String
    }

    enum Part: Sendable, Equatable {
        case words([UInt8])
        case placeholder(Placeholder)
    }

    /// `update`, for example.
    public let name: String
    /// As the operator wrote it.
    public let text: String
    let parts: [Part]

    /// The templates that `auto` selects from; a folder of texts replaces these and no others.
    public static let names = ["acknowledge", "update", "nothing_new", "decide", "resolution", "internal"]

    /// Parses a template in one pass; throws a `Fault` for an unknown or unclosed placeholder.
    public init(name: String, text: String) throws(Fault) {
        self.name = name
        self.text = text
        parts = try Template.parse(Array(text.utf8))
    }

    private static let opening = Array("{{".utf8)
    private static let closing = Array("}}".utf8)

    private static func parse(_ bytes: [UInt8]) throws(Fault) -> [Part] {
        var parts: [Part] = []
        var words: [UInt8] = []
        var rest = bytes[...]
        var line = 1
        while let byte = rest.first {
            guard rest.starts(with: opening) else {
                words.append(byte)
                if byte == 0x0A { line += 1 }
                rest = rest.dropFirst()
                continue
            }
            let inside = rest.dropFirst(2).prefix { $0 != 0x7D && $0 != 0x0A }
            rest = rest.dropFirst(2 + inside.count)
            guard rest.starts(with: closing) else {
                throw Fault(
                    line: line, detail: "A placeholder that begins with {{ must end with }} on the same line."
                )
            }
            rest = rest.dropFirst(2)
            let name = String(decoding: trimmed(inside), as: UTF8.self)
            guard let placeholder = Placeholder(rawValue: name) else {
                let allowed = Placeholder.allCases.map(\.rawValue).joined(separator: ", ")
                throw Fault(line: line, detail: "{{\(name)}} is unknown; allowed are \(allowed).")
            }
            if !words.isEmpty { parts.append(.words(words)) }
            words = []
            parts.append(.placeholder(placeholder))
        }
        if !words.isEmpty { parts.append(.words(words)) }
        return parts
    }

    /// Removes spaces at both ends.
    private static func trimmed(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var name = name.drop { $0 == 0x20 }
        while name.last == 0x20 { name.removeLast() }
        return name
    }
}
