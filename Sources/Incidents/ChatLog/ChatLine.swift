import Time

/// A line of a chat log.
enum ChatLine: Equatable {
    case blank
    case date(CivilDate)
    case message(CivilDate?, second: Int, author: String, text: String)
    /// Anything else: it goes on from the message before.
    case rest
    /// It begins like a message, but is none.
    case wrong(String)

    init(_ line: Substring.UTF8View) {
        let trimmed = line.trimmingBlanks
        guard let first = trimmed.first else {
            self = .blank
            return
        }
        if let date = ChatLine.dateAlone(trimmed) {
            self = date
        } else if first == 0x5B {
            self = ChatLine.bracketed(trimmed.dropFirst())
        } else {
            self = ChatLine.bare(trimmed)
        }
    }

    /// `2026-01-15`, also between dashes: `--- 2026-01-15 ---`.
    private static func dateAlone(_ line: Substring.UTF8View) -> ChatLine? {
        func isRule(_ byte: UInt8) -> Bool { [0x2D, 0x3D, 0x23, 0x2A, 0x20].contains(byte) }
        let core = line.drop(while: isRule).trimming(isRule)
        guard core.count == 10, core.dropFirst(4).first == 0x2D, core.dropFirst(7).first == 0x2D,
            core.allSatisfy({ $0 == 0x2D || ChatLine.isDigit($0) })
        else { return nil }
        guard let date = CivilDate(iso: Substring(core)) else {
            return .wrong("This day does not exist. A date is written so: 2026-01-15")
        }
        return .date(date)
    }

    /// After `[`: `10:04] alice: lag recovering`.
    private static func bracketed(_ rest: Substring.UTF8View) -> ChatLine {
        let inside = rest.prefix { $0 != 0x5D }
        // Brackets around something else: [ERROR], [12].
        var time = inside.trimmingBlanks
        guard inside.count < rest.count, let first = time.first, isDigit(first), time.contains(0x3A) else {
            return .rest
        }
        var date: CivilDate?
        if let separator = time.dropFirst(10).first, separator == 0x20 || separator == 0x54 {
            date = CivilDate(iso: Substring(time.prefix(10)))
            guard date != nil else {
                return .wrong("The brackets hold no time. They look like this: [10:04] or [10:04:30]")
            }
            time = time.dropFirst(11)
        }
        guard let second = second(time) else {
            return .wrong("The brackets hold no time. They look like this: [10:04] or [10:04:30]")
        }
        guard let (author, text) = named(rest.dropFirst(inside.count + 1).trimmingBlanks) else {
            return .wrong("After the time must follow a name and a colon: [10:04] alice: lag recovering")
        }
        return .message(date, second: second, author: author, text: text)
    }

    /// `10:04 alice: lag recovering`. Without a name, such as a line of a pasted log, it is no message.
    private static func bare(_ line: Substring.UTF8View) -> ChatLine {
        let time = line.prefix { isDigit($0) || $0 == 0x3A }
        guard (4...8).contains(time.count), time.contains(0x3A), line.dropFirst(time.count).first == 0x20,
            let (author, text) = named(line.dropFirst(time.count).trimmingBlanks)
        else { return .rest }
        guard let second = second(time) else {
            return .wrong("This is no time. A message begins so: 10:04 alice: lag recovering")
        }
        return .message(nil, second: second, author: author, text: text)
    }

    /// `9:58`, `09:58`, `09:58:07`: seconds since midnight.
    private static func second(_ text: Substring.UTF8View) -> Int? {
        let parts = text.split(separator: 0x3A, omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), (1...2).contains(parts[0].count),
            parts.dropFirst().allSatisfy({ $0.count == 2 })
        else { return nil }
        var numbers: [Int] = []
        for part in parts {
            guard part.allSatisfy(isDigit) else { return nil }
            numbers.append(part.reduce(0) { $0 * 10 + Int($1 - 0x30) })
        }
        let seconds = numbers.count == 3 ? numbers[2] : 0
        guard numbers[0] < 24, numbers[1] < 60, seconds < 60 else { return nil }
        return numbers[0] * 3_600 + numbers[1] * 60 + seconds
    }

    /// The name before the first colon, and the text after it. The colon of a URL ends no name.
    private static func named(_ rest: Substring.UTF8View) -> (String, String)? {
        let name = rest.prefix { $0 != 0x3A }
        guard name.count < rest.count else { return nil }
        let text = rest.dropFirst(name.count + 1)
        let author = name.trimmingBlanks
        guard !author.isEmpty, !text.starts(with: "//".utf8) else { return nil }
        return (String(Substring(author)), String(Substring(text.trimmingBlanks)))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension Substring.UTF8View {
    /// Without spaces and tabs at both ends.
    var trimmingBlanks: Substring.UTF8View {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        return drop(while: isBlank).trimming(isBlank)
    }

    /// Without such bytes at the end.
    fileprivate func trimming(_ isDropped: (UInt8) -> Bool) -> Substring.UTF8View {
        var rest = self
        while let last = rest.last, isDropped(last) { rest.removeLast() }
        return rest
    }
}
