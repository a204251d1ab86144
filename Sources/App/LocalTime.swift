import Glibc
import OperatingSystem
import Time

/// Formats times for people in the operator's zone: `10:30 UTC`, rounded down to the minute, on another day `16 Jan, 10:30 UTC`.
///
/// Uses glibc and the system's zone data instead of Foundation, whose formatters would add ICU, 44 MB, to the binary (docs/decisions/).
/// The zone is the process's own (`TZ`), set once at startup; nothing else uses local time.
public enum LocalTime {
    private static let folder = "/usr/share/zoneinfo/"

    /// Whether the system has data for a zone. glibc silently treats an unknown name as UTC.
    public static func isKnown(_ zone: String) -> Bool {
        if zone == "UTC" { return true }
        let bytes = Array(zone.utf8)
        let allowed = bytes.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2F, 0x5F: true
            default: false
            }
        }
        guard allowed, let first = bytes.first, first != 0x2F else { return false }
        return data(of: zone).map { $0.starts(with: Array("TZif".utf8)) } ?? false
    }

    /// The system's data of a zone whose name is allowed.
    private static func data(of zone: String) -> [UInt8]? {
        try? Files.read(folder + zone, bytesMax: 1 << 20)
    }

    /// The offsets of a zone, such as `Europe/Berlin` or `+02:00`; `nil` for one that the system does not know. Reads a file: blocks.
    @Sendable static func rules(of zone: String) -> ZoneRules? {
        if let fixed = ZoneRules(fixed: zone) { return fixed }
        guard isKnown(zone) else { return nil }
        return data(of: zone).flatMap { ZoneRules(zoneData: $0) }
    }

    /// Sets the process's time zone. Call once, before the first thread starts.
    public static func adopt(_ zone: String) {
        setenv("TZ", zone == "UTC" ? "UTC0" : ":" + zone, 1)
        tzset()
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Formats a time in the process's zone, with the date if it is not the day of `now` there.
    @Sendable public static func print(_ moment: Timestamp, at now: Timestamp) -> String {
        guard let parts = local(moment), let today = local(now) else { return moment.rfc3339 }
        let zone = parts.tm_zone.map { String(cString: $0) } ?? "UTC"
        let time = "\(padded(parts.tm_hour)):\(padded(parts.tm_min)) \(zone)"
        guard (parts.tm_year, parts.tm_yday) != (today.tm_year, today.tm_yday) else { return time }
        let month = months.indices.contains(Int(parts.tm_mon)) ? months[Int(parts.tm_mon)] : ""
        return "\(parts.tm_mday) \(month), \(time)"
    }

    private static func local(_ moment: Timestamp) -> tm? {
        var seconds = time_t(moment.milliseconds / 1_000)
        var parts = tm()
        return localtime_r(&seconds, &parts) == nil ? nil : parts
    }

    private static func padded(_ number: Int32) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }
}
