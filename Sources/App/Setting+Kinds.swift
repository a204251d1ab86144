import Addresses
import HTTPServer
import Incidents
import Outbound
import Time

/// Settings of one kind: durations, counts, networks.
extension Setting {
    /// A duration of the cadence.
    static func duration(
        _ name: String, _ fallback: String, _ meaning: String,
        _ set: @escaping @Sendable (inout Policy, Duration) -> Void
    ) -> Setting {
        duration(
            name, fallback, meaning, of: "of whole seconds such as 90s, 15m or 8h, from 1s to 7d",
            .seconds(1) ... .seconds(7 * 86_400)
        ) { configuration, duration in
            set(&configuration.policy, duration)
            return duration.isWholeSeconds
        }
    }

    /// The maximum is what receivers of Standard Webhooks rely on, and how long a hung receiver may block its queue.
    static func webhookTimeout(
        _ name: String, _ fallback: String, _ meaning: String,
        _ set: @escaping @Sendable (inout CurlTransport.Timeouts, Duration) -> Void
    ) -> Setting {
        duration(
            name, fallback, meaning, of: "such as 500ms or 15s, from 100ms to 1m",
            .milliseconds(100) ... .seconds(60)
        ) { configuration, duration in
            set(&configuration.webhookTimeouts, duration)
            return true
        }
    }

    static func timeout(
        _ name: String, _ fallback: String, _ meaning: String,
        _ path: WritableKeyPath<ServerSettings, Duration> & Sendable
    ) -> Setting {
        duration(
            name, fallback, meaning, of: "such as 250ms, 10s or 2m, from 100ms to 1h",
            .milliseconds(100) ... .seconds(3_600)
        ) { configuration, duration in
            configuration.server[keyPath: path] = duration
            return true
        }
    }

    /// `form` completes "must be a duration …". `set` may refuse what is in the range.
    static func duration(
        _ name: String, _ fallback: String, _ meaning: String, of form: String,
        _ range: ClosedRange<Duration>,
        _ set: @escaping @Sendable (inout Configuration, Duration) -> Bool
    ) -> Setting {
        Setting(
            key: "DRUMBEAT_\(name)", fallback: fallback, meaning: meaning, allowed: "a duration \(form)"
        ) { configuration, text in
            guard let duration = DurationText.parse(text), range.contains(duration) else { return false }
            return set(&configuration, duration)
        }
    }

    static func count(
        _ name: String, _ fallback: String, _ meaning: String, _ range: ClosedRange<Int>,
        _ path: WritableKeyPath<Configuration, Int> & Sendable
    ) -> Setting {
        Setting(
            key: "DRUMBEAT_\(name)", fallback: fallback, meaning: meaning,
            allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)"
        ) { configuration, text in
            guard let number = number(text, in: range) else { return false }
            configuration[keyPath: path] = number
            return true
        }
    }

    /// A count, or a word, which is the default and stored as `nil`.
    static func count(
        orWord word: String, _ name: String, _ meaning: String, _ range: ClosedRange<Int>,
        _ path: WritableKeyPath<Configuration, Int?> & Sendable
    ) -> Setting {
        Setting(
            key: "DRUMBEAT_\(name)", fallback: word, meaning: meaning,
            allowed: "\(word), or a whole number from \(range.lowerBound) to \(range.upperBound)"
        ) { configuration, text in
            configuration[keyPath: path] = number(text, in: range)
            return text == word || configuration[keyPath: path] != nil
        }
    }

    static func networks(
        _ name: String, _ meaning: String, allowed: String,
        _ set: @escaping @Sendable (inout Configuration, [CIDR]) -> Void
    ) -> Setting {
        Setting(
            key: "DRUMBEAT_\(name)", fallback: "none", meaning: meaning, allowed: allowed,
            explain: flaw(ofNetworks:)
        ) { configuration, text in
            var networks: [CIDR] = []
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let network = try? CIDR(String(part)) else { return false }
                networks.append(network)
            }
            set(&configuration, networks)
            return true
        }
    }

    /// Why the first invalid network of a list is refused, if its form is right.
    @Sendable private static func flaw(ofNetworks text: String) -> String? {
        for part in text.split(separator: ",") {
            do throws(CIDRFault) {
                _ = try CIDR(String(part))
            } catch {
                if case .malformed = error { return nil }
                return "\(error)"
            }
        }
        return nil
    }

    /// Whether a text is a valid base of links: an http scheme, a host, no blanks, no trailing slash.
    static func isURL(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let schemes = ["https://", "http://"].map { Array($0.utf8) }
        guard let scheme = schemes.first(where: bytes.starts),
            bytes.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return false }
        return bytes.count > scheme.count && bytes[scheme.count] != 0x2F && bytes.last != 0x2F
    }

    /// ASCII digits only: `Int("+5")` is 5.
    static func number(_ text: String, in range: ClosedRange<Int>) -> Int? {
        guard (1...10).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(text), range.contains(number)
        else { return nil }
        return number
    }
}

extension Duration {
    /// Entries store whole seconds.
    var isWholeSeconds: Bool {
        wholeMilliseconds % 1_000 == 0
    }
}
