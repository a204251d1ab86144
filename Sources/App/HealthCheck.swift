import Addresses
import Outbound

/// Asks a running service whether it is ready: for a container that has no curl.
public enum HealthCheck {
    /// What the service answered: the status is 200 when it is ready; the body is JSON, with the checks when a valid token was sent.
    public typealias ProbeResponse = BlockingGet.Answer

    /// How long the answer may take.
    private static let timeout = Duration.seconds(3)

    /// The response to `GET /readyz`; `nil` when there is none.
    ///
    /// `named` is what to call the service by: one of the hosts it answers for, when it does not answer for all. With a valid
    /// `token` the answer says which check fails; an invalid one does no harm.
    public static func ask(_ address: String, named name: String?, token: String?) -> ProbeResponse? {
        guard let place = ListenAddress(address) else { return nil }
        let headers = ["Host: \(name ?? address)"] + (token.map { ["Authorization: Bearer \($0)"] } ?? [])
        return BlockingGet.answer(from: "http://\(place.reachable)/readyz", headers: headers, within: timeout)
    }
}

extension ListenAddress {
    /// Where a client on this machine reaches who listens there.
    fileprivate var reachable: ListenAddress {
        guard address.isUnspecified else { return self }
        switch address {
        case .v4: return ListenAddress(address: .v4(0x7F00_0001), port: port)
        case .v6: return ListenAddress(address: .v6(1), port: port)
        }
    }
}
