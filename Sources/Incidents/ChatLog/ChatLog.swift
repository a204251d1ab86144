import Model
import Time

/// A chat log, read line by line: `[10:04] alice: lag recovering`.
///
/// - A line may also begin with `[HH:MM:SS]`, with `HH:MM` without brackets, or with a date in the brackets.
/// - A line without a time goes on from the one before.
/// - A time more than 12 hours earlier than that of the message before is on the next day.
/// - A line that is only a date sets the day of what follows.
public struct ChatLog: Sendable, Equatable {
    public struct Message: Sendable, Equatable {
        /// The number of its first line, from 1.
        public let line: Int
        public let day: Day
        /// Seconds since midnight, on the wall.
        public let second: Int
        public let author: String
        public internal(set) var text: String
    }

    public enum Day: Sendable, Equatable {
        /// Days after the first day, which the log does not name.
        case after(Int)
        case date(CivilDate)
    }

    /// Upper bound of lines, messages and others.
    public static let linesMax = 2_000
    private static let halfDay = 12 * 3_600

    public private(set) var messages: [Message] = []

    /// Throws a `Refusal` that names each line at fault: `#L14`.
    public init(_ text: String) throws(Refusal) {
        var reader = Reader()
        var number = 0
        // A mark of the byte order, which some programs write at the start of a file.
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            guard number <= ChatLog.linesMax else {
                throw .invalid(
                    "#L\(number)",
                    "A log may have \(ChatLog.linesMax) lines. Import the rest in a second request.")
            }
            reader.read(line.last == 0x0D ? line.dropLast() : line, number)
        }
        reader.endMessage()
        if reader.flaws.isEmpty, reader.messages.isEmpty {
            throw .invalid(
                "#L1", "The log has no message. Its lines look like this: [10:04] alice: lag recovering")
        }
        guard reader.flaws.isEmpty else { throw .invalid(reader.flaws) }
        messages = reader.messages
    }

    private struct Reader {
        var messages: [Message] = []
        var flaws: [Refusal.Flaw] = []
        private var current: Message?
        private var day = Day.after(0)
        private var lastSecond: Int?
        /// Empty lines that belong to the message if another line of it follows.
        private var blankLines = 0

        mutating func read(_ line: Substring.UTF8View, _ number: Int) {
            switch ChatLine(line) {
            case .blank: blankLines += 1
            case .date(let date):
                endMessage()
                begin(date)
            case .message(let date, let second, let author, let text):
                endMessage()
                if let date { begin(date) }
                advance(to: second)
                if let flaw = TextConstraint.person.flaw(of: author) {
                    flaws.append(.init("#L\(number)", "The name: \(flaw)"))
                }
                current = Message(line: number, day: day, second: second, author: author, text: text)
            case .wrong(let detail): flaws.append(.init("#L\(number)", detail))
            case .rest where current != nil:
                current?.text += String(repeating: "\n", count: blankLines + 1) + (String(Substring(line)))
                blankLines = 0
            case .rest:
                // Of a message that was refused, too.
                if flaws.isEmpty {
                    flaws.append(
                        .init(
                            "#L\(number)",
                            "The first message must begin with a time: [10:04] alice: lag recovering"))
                }
            }
        }

        private mutating func begin(_ date: CivilDate) {
            day = .date(date)
            lastSecond = nil
        }

        private mutating func advance(to second: Int) {
            if let last = lastSecond, last - second > ChatLog.halfDay { day = day.next }
            lastSecond = second
        }

        mutating func endMessage() {
            blankLines = 0
            guard let message = current else { return }
            current = nil
            // A text may begin on the second line.
            var text = message.text[...]
            if text.utf8.first == 0x0A { text = text.dropFirst() }
            var whole = message
            whole.text = String(text)
            if let flaw = TextConstraint.text.flaw(of: whole.text) {
                flaws.append(.init("#L\(message.line)", "The text: \(flaw)"))
            }
            messages.append(whole)
        }
    }
}

extension ChatLog.Day {
    fileprivate var next: ChatLog.Day {
        switch self {
        case .after(let days): .after(days + 1)
        case .date(let date): .date(CivilDate(daysSinceEpoch: date.daysSinceEpoch + 1))
        }
    }
}
