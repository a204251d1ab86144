import Addresses
import Journal
import Outbound
import TestSupport
import Time

/// 2026-01-15T10:17:00Z.
let morning = Timestamp(milliseconds: 1_768_472_220_000)
let secret = "whsec_aW5jaWRlbnQtc2VydmljZS10ZXN0LXNlY3JldC0zMmI="

func message(to url: String, id: String = "msg_01", body: String = "{}") -> OutboundMessage {
    OutboundMessage(
        url: url, id: id, sentAt: morning,
        .event(.init(body: Array(body.utf8), secrets: [secret], backlog: nil)))
}

func networks(_ texts: [String]) throws -> [CIDR] {
    try texts.map { try CIDR($0) }
}

/// A guard that allows those networks, on a machine whose one interface has 192.0.2.7.
func addressGuard(_ allowed: [String], listening: [ListenAddress] = []) throws -> AddressGuard {
    AddressGuard(allowed: try networks(allowed), listening: listening, interfaces: { [.v4(0xC000_0207)] })
}

func transport(
    allowed: [String] = ["127.0.0.0/8"], timeouts: CurlTransport.Timeouts = CurlTransport.Timeouts(),
    caFile: String? = nil
) throws -> CurlTransport {
    let time = ManualTime(wall: morning)
    return CurlTransport(
        version: "1.2.3", addressGuard: try addressGuard(allowed), caFile: caFile, timeouts: timeouts,
        time: time)
}

extension CurlTransport {
    /// Sends and waits for the completion. A second completion traps here.
    func deliver(_ message: OutboundMessage) async -> OutboundResult {
        await withCheckedContinuation { continuation in
            send(message) { continuation.resume(returning: $0) }
        }
    }
}

extension OutboundResult {
    /// The reason of a failure; empty for a response.
    var failure: String {
        if case .failed(let reason) = self { reason } else { "" }
    }
}

extension OutboundMessage {
    /// The signed event; a message of another kind has none.
    var event: SignedEvent {
        get {
            guard case .event(let event) = content else { preconditionFailure("not an event") }
            return event
        }
        set { content = .event(newValue) }
    }
}
