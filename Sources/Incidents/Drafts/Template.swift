/// The text of a status update with `{{placeholders}}`: plain text, replaceable by the operator (domain.md, section 7).
///
/// A line that begins with `{{?name}}` is left out when `name` has no value.
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

    struct Line: Sendable, Equatable {
        /// The values without which the line is left out.
        var conditions: [Placeholder] = []
        /// With the end of the line.
        var parts: [Part] = []
    }

    /// `update`, for example.
    public let name: String
    /// As the operator wrote it.
    public let text: String
    let lines: [Line]

    /// Says that there is nothing new.
    public static let nothingNew = "nothing_new"

    /// The templates that `auto` selects from; a folder of texts replaces these and no others.
    public static let names = [
        "acknowledge", "update", nothingNew, "resolution", "withdrawn", "decide", "internal",
    ]

    /// The templates that only the team may read.
    public static let ofTeam = ["decide", "internal"]

    /// Whether its words are for the team: statuses are the API's words, not those for people.
    var isOfTeam: Bool { Template.ofTeam.contains(name) }

    /// Parses a template in one pass; throws a `Fault` for an unknown or unclosed placeholder, or one of the team in a public template.
    public init(name: String, text: String) throws(Fault) {
        self.name = name
        self.text = text
        let isPublic = Template.names.contains(name) && !Template.ofTeam.contains(name)
        var reader = Reader(allowed: Placeholder.allCases.filter { !isPublic || $0.isPublic })
        lines = try reader.read(Array(text.utf8)[...])
    }

    /// Whether it inserts the placeholder.
    func holds(_ placeholder: Placeholder) -> Bool {
        lines.contains { $0.parts.contains(.placeholder(placeholder)) }
    }
}

extension Template {
    private struct Reader {
        let allowed: [Placeholder]
        private var number = 1

        init(allowed: [Placeholder]) {
            self.allowed = allowed
        }

        mutating func read(_ bytes: ArraySlice<UInt8>) throws(Fault) -> [Line] {
            var lines: [Line] = []
            var rest = bytes
            while !rest.isEmpty {
                var line = Line()
                while rest.starts(with: Array("{{?".utf8)) {
                    line.conditions.append(try placeholder(&rest, opening: "{{?"))
                }
                line.parts = try parts(&rest)
                lines.append(line)
                number += 1
            }
            return lines
        }

        /// The rest of the line, with its end.
        private func parts(_ rest: inout ArraySlice<UInt8>) throws(Fault) -> [Part] {
            var parts: [Part] = []
            var words: [UInt8] = []
            var isEnded = false
            while !isEnded, let byte = rest.first {
                guard rest.starts(with: Array("{{".utf8)) else {
                    words.append(byte)
                    isEnded = byte == 0x0A
                    rest = rest.dropFirst()
                    continue
                }
                guard !rest.starts(with: Array("{{?".utf8)) else {
                    throw Fault(
                        line: number,
                        detail: "{{?name}} must stand at the beginning of a line, which it leaves out.")
                }
                let placeholder = try placeholder(&rest, opening: "{{")
                if !words.isEmpty { parts.append(.words(words)) }
                words = []
                parts.append(.placeholder(placeholder))
            }
            if !words.isEmpty { parts.append(.words(words)) }
            return parts
        }

        private func placeholder(
            _ rest: inout ArraySlice<UInt8>, opening: String
        ) throws(Fault) -> Placeholder {
            let inside = rest.dropFirst(opening.utf8.count).prefix { $0 != 0x7D && $0 != 0x0A }
            rest = rest.dropFirst(opening.utf8.count + inside.count)
            guard rest.starts(with: Array("}}".utf8)) else {
                throw Fault(
                    line: number,
                    detail: "A placeholder that begins with {{ must end with }} on the same line.")
            }
            rest = rest.dropFirst(2)
            let name = String(decoding: trimmed(inside), as: UTF8.self)
            guard let placeholder = Placeholder(rawValue: name), allowed.contains(placeholder) else {
                let names = allowed.map(\.rawValue).joined(separator: ", ")
                let isKnown = Placeholder(rawValue: name) != nil
                let advice = name == "title" ? " Use {{public_title}}." : ""
                throw Fault(
                    line: number,
                    detail:
                        "{{\(name)}} is \(isKnown ? "for the team only" : "unknown");\(advice) allowed are \(names)."
                )
            }
            return placeholder
        }

        /// Removes spaces at both ends.
        private func trimmed(_ name: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
            var name = name.drop { $0 == 0x20 }
            while name.last == 0x20 { name.removeLast() }
            return name
        }
    }
}
