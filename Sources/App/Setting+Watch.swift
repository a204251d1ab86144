import Incidents
import Time

extension Setting {
    /// How long an incident is watched before it may be resolved. The floor comes first, for the others are judged by it.
    static let watch: [Setting] = [
        Setting(
            key: "DRUMBEAT_WATCH_FLOOR", fallback: "10m",
            meaning: "the shortest watch that WATCH and WATCH_MINOR may set",
            allowed: "a duration of whole seconds from 0s to 15m"
        ) { configuration, text in
            guard let floor = watchLength(text), floor <= .seconds(900) else { return false }
            configuration.policy.watch.floor = floor
            return true
        },
        Setting(
            key: "DRUMBEAT_WATCH", fallback: "15m",
            meaning: "time from monitoring to the all-clear, in which the incident is watched",
            allowed: "a duration of whole seconds from WATCH_FLOOR, 10m by default, to 7d"
        ) { configuration, text in
            guard let length = watchLength(text), length >= configuration.policy.watch.floor else {
                return false
            }
            configuration.policy.watch.usual = length
            return true
        },
        Setting(
            key: "DRUMBEAT_WATCH_MINOR", fallback: "as WATCH",
            meaning: "the same for minor; 0s asks for a check only",
            allowed: "0s, or a duration of whole seconds from WATCH_FLOOR, 10m by default, to 7d"
        ) { configuration, text in
            guard let length = watchLength(text),
                length == .zero || length >= configuration.policy.watch.floor
            else { return false }
            configuration.policy.watch.minor = length
            return true
        },
    ]

    private static func watchLength(_ text: String) -> Duration? {
        DurationText.parse(text).flatMap { $0.isWholeSeconds && $0 <= .seconds(7 * 86_400) ? $0 : nil }
    }
}
