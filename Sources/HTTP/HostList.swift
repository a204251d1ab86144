import Addresses

/// Hosts this service accepts; a request with another `Host` gets 421 (H16).
public struct HostList: Sendable {
    private struct Entry: Sendable {
        let host: [UInt8]
        let hasPort: Bool
    }

    private let entries: [Entry]

    /// Parses "name", "name:port" or "[address]"; an entry without a port matches every port.
    ///
    /// `nil` when an entry is not `uri-host [":" port]`.
    public init?(_ hosts: [String]) {
        var entries: [Entry] = []
        for host in hosts {
            let bytes = Array(host.utf8).map(ASCII.lowercased)
            guard let end = Authority.hostEnd(bytes.span, 0..<bytes.count) else { return nil }
            entries.append(Entry(host: bytes, hasPort: end < bytes.count))
        }
        self.entries = entries
    }

    /// Whether the `Host` in `range` matches an entry, case-insensitively.
    func contains(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard let end = Authority.hostEnd(bytes, range) else { return false }
        return entries.contains { entry in
            let given = range.lowerBound..<(entry.hasPort ? range.upperBound : end)
            guard given.count == entry.host.count else { return false }
            for (index, byte) in zip(given, entry.host) where ASCII.lowercased(bytes[index]) != byte {
                return false
            }
            return true
        }
    }
}
