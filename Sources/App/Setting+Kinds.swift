import Addresses
import Engine
import HTTP
import HTTPServer
import Incidents
import Logging
import OperatingSystem
import Outbound
import Model
import Time

/// Settings of one kind: durations, counts, numbers.
extension Setting {
    static func duration(
        _ name: String, _ fallback: String, _ meaning: String,
        _ set: @escaping @Sendable (inout Policy, Duration) -> Void
    ) -> Setting {
        Setting(
            key: "DRUMBEAT_\(name)", fallback: fallback, meaning: meaning,
            allowed: "a duration of whole seconds such as 90s, 15m or 8h, from 1s to 7d"
        ) { configuration, text in
            guard let duration = DurationText.parse(text), duration.isWholeSeconds,
                duration >= .seconds(1), duration <= .seconds(7 * 86_400)
            else { return false }
            set(&configuration.policy, duration)
            return true
        }
    }

    /// The maximum is what receivers of Standard Webhooks rely on, and how long a hung receiver may block its queue.
    static func webhookTimeout(
        _ name: String, _ fallback: String, _ meaning: String,
        _ set: @escaping @Sendable (inout CurlTransport.Timeouts, Duration) -> Void
    ) -> Setting {
        Setting(
            key: "DRUMBEAT_\(name)", fallback: fallback, meaning: meaning,
            allowed: "a duration such as 500ms or 15s, from 100ms to 1m"
        ) { configuration, text in
            guard let duration = DurationText.parse(text), duration >= .milliseconds(100),
                duration <= .seconds(60)
            else { return false }
            set(&configuration.webhookTimeouts, duration)
            return true
        }
    }

    static func timeout(
        _ name: String, _ fallback: String, _ meaning: String,
        _ path: WritableKeyPath<ServerSettings, Duration> & Sendable
    ) -> Setting {
        Setting(
            key: "DRUMBEAT_\(name)", fallback: fallback, meaning: meaning,
            allowed: "a duration such as 250ms, 10s or 2m, from 100ms to 1h"
        ) { configuration, text in
            guard let duration = DurationText.parse(text), duration >= .milliseconds(100),
                duration <= .seconds(3_600)
            else { return false }
            configuration.server[keyPath: path] = duration
            return true
        }
    }

    static func count(
        _ name: String, _ fallback: String, _ meaning: String, _ range: ClosedRange<Int>,
        _ path: WritableKeyPath<ServerSettings, Int> & Sendable
    ) -> Setting {
        Setting(
            key: "DRUMBEAT_\(name)", fallback: fallback, meaning: meaning,
            allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)"
        ) { configuration, text in
            guard let number = number(text, in: range) else { return false }
            configuration.server[keyPath: path] = number
            return true
        }
    }

    /// Why the first invalid network of a list is refused, if its form is right.
    @Sendable static func flaw(ofNetworks text: String) -> String? {
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
