import Addresses
import HTTP
import HTTPServer

/// Clients behind proxies: a line of networks separated by blanks, a line with the peer, then lines of `X-Forwarded-For`.
enum Forwarded {
    private static let hopsMax = 16

    @Sendable static func check(_ input: Bytes) {
        let lines = input.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count >= 2, let peer = IPAddress(text(lines[1])) else { return }
        let networks = lines[0].split(separator: 0x20).compactMap { try? CIDR(text($0)) }
        let fields = Fields(lines.dropFirst(2).map { ("X-Forwarded-For", text($0)) })
        let proxies = TrustedProxies(networks)
        demand(
            proxies.contains(peer) == isMember(peer, of: networks), "a member or not: \(peer) of \(networks)")
        let client = proxies.client(fields, behind: peer)
        let expected = read(lines.dropFirst(2).map { text($0) }, networks, peer)
        demand(client == expected, "the client is \(client), not \(expected)")
    }

    /// All lines are one list, read from its end; an entry by an untrusted peer, and everything before it, is ignored.
    private static func read(_ lines: [String], _ networks: [CIDR], _ peer: IPAddress) -> IPAddress {
        var client = peer
        let list = lines.joined(separator: ",").utf8.split(separator: 0x2C, omittingEmptySubsequences: false)
        guard !lines.isEmpty else { return peer }
        for entry in list.reversed().prefix(hopsMax) {
            let bare = entry.drop { $0 == 0x20 || $0 == 0x09 }.reversed().drop { $0 == 0x20 || $0 == 0x09 }
            guard let address = IPAddress(text(bare.reversed())) else { return client }
            client = Outside.unmapped(address)
            guard isMember(client, of: networks) else { return client }
        }
        return client
    }

    private static func isMember(_ address: IPAddress, of networks: [CIDR]) -> Bool {
        networks.contains {
            Outside.isMember(Outside.unmapped(address), of: $0.network, prefix: $0.prefix)
        }
    }
}
