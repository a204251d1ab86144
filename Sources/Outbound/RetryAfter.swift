import CCurl
import Time

/// A receiver's `Retry-After` (RFC 9110 §10.2.3).
enum RetryAfter {
    /// Upper bound of a pause: a receiver must not block an incident's updates for longer.
    static let longest = Duration.seconds(3_600)
    private static let bytesMax = 64

    /// How long to wait: 0 s to one hour; `nil` when the value is neither seconds nor a date.
    static func pause(_ value: some Collection<UInt8>, now: Timestamp) -> Duration? {
        let text = trimmed(value)
        guard let first = text.first, text.count <= bytesMax else { return nil }
        if (0x30...0x39).contains(first) {
            guard text.count <= 9, text.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return min(longest, .seconds(text.reduce(0) { $0 * 10 + Int64($1 - 0x30) }))
        }
        guard isDate(text) else { return nil }
        let seconds = curl_getdate(String(decoding: text, as: UTF8.self), nil)
        guard seconds >= 0, seconds <= Int64.max / 1_000 else { return nil }
        let moment = Timestamp(milliseconds: Int64(seconds) * 1_000)
        if moment <= now { return .zero }
        return moment.milliseconds - max(now.milliseconds, 0) >= longest.wholeMilliseconds
            ? longest : moment - now
    }

    /// Whether the text has the outline of an HTTP-date (RFC 9110 §5.6.7): starts with the day of the week and, if it has a comma, ends
    /// with GMT. libcurl's parser accepts far more, such as a bare offset, and ignores trailing text.
    private static func isDate(_ text: [UInt8]) -> Bool {
        guard let first = text.first, (0x41...0x5A).contains(first) else { return false }
        guard text.allSatisfy({ (0x20...0x7E).contains($0) }) else { return false }
        let commas = text.count { $0 == UInt8(ascii: ",") }
        return commas == 0 || commas == 1 && text.suffix(4).elementsEqual(" GMT".utf8)
    }

    private static func trimmed(_ value: some Collection<UInt8>) -> [UInt8] {
        let blanks: Set<UInt8> = [0x20, 0x09, 0x0D, 0x0A]
        let start = value.drop { blanks.contains($0) }
        return start.reversed().drop { blanks.contains($0) }.reversed()
    }
}
