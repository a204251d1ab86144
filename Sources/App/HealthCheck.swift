import Addresses
import Outbound

/// Readiness check of a running service: `drumbeat healthcheck`, for containers without curl.
public enum HealthCheck {
    /// Status 200 means ready. The body is JSON; with a valid token it lists the checks.
    public typealias ProbeResponse = BlockingCaller.Answer

    private static let limits = BlockingCaller.Limits(
        connect: .seconds(3), total: .seconds(3), silence: nil, bodyBytesMax: 65_536)

    /// The response to `GET /readyz`; `nil` if there is none within three seconds.
    ///
    /// `name` is sent as `Host`: one of the configured hosts, if the service accepts only those. With a valid `token` the response says
    /// which check fails; an invalid one is ignored.
    public static func ask(_ address: String, named name: String?, token: String?) -> ProbeResponse? {
        guard let place = ListenAddress(address) else { return nil }
        let headers = ["Host: \(name ?? address)"] + (token.map { ["Authorization: Bearer \($0)"] } ?? [])
        let request = BlockingCaller.Request(
            "GET", "http://\(place.reachable)/readyz", headers: headers, body: nil, limits: limits)
        return try? BlockingCaller()?.perform(request)
    }
}

extension ListenAddress {
    /// The address to connect to from this machine: loopback for a wildcard.
    fileprivate var reachable: ListenAddress {
        guard address.isUnspecified else { return self }
        switch address {
        case .v4: return ListenAddress(address: .v4(0x7F00_0001), port: port)
        case .v6: return ListenAddress(address: .v6(1), port: port)
        }
    }
}
