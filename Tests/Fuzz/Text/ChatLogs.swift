import Incidents
import Time

/// Chat logs: what is accepted keeps the limits, has a moment in every zone, and each message reads the same when it stands alone.
enum ChatLogs {
    private static let zone = ZoneRules(offsetSeconds: -19_800)

    @Sendable static func check(_ input: Bytes) {
        guard let day = CivilDate(iso: "2026-01-15"), let log = try? ChatLog(text(input)) else { return }
        let messages = log.messages
        demand(!messages.isEmpty && messages.count <= ChatLog.linesMax, "\(messages.count) messages")
        demand(zip(messages, messages.dropFirst()).allSatisfy { $0.line < $1.line }, "lines out of order")
        demand(log.dated(from: day, in: zone).count == messages.count, "a message without a moment")
        for message in messages {
            demand((0..<86_400).contains(message.second), "second \(message.second)")
            demand(!message.author.isEmpty && !message.text.isEmpty, "an empty message")
            guard !message.text.utf8.contains(0x0A), let first = message.text.utf8.first,
                let last = message.text.utf8.last, ![0x20, 0x09, 0x0D].contains(first),
                ![0x20, 0x09, 0x0D].contains(last)
            else { continue }
            let alone =
                "[\(two(message.second / 3_600)):\(two(message.second / 60 % 60)):\(two(message.second % 60))]"
            let again = try? ChatLog("\(alone) \(message.author): \(message.text)")
            demand(
                again?.messages.map(\.second) == [message.second]
                    && same(again?.messages.first?.text ?? "", message.text)
                    && same(again?.messages.first?.author ?? "", message.author),
                "\(message) is read as \(String(describing: again))")
        }
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
