import Addresses
import Journal
import Outbound
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct TransportGuardTests {
    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    @Test(arguments: [
        "127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "0", "0.0.0.0",
        "%31%32%37.0.0.1",
        "%30x7f.1", "169.254.169.254", "LOCALHOST", "017700000001",
    ])
    func `every spelling of an inner address is stopped at the socket`(host: String) async throws {
        let receiver = try Receiver.answering(Self.ok)
        let transport = try transport(allowed: [])
        for scheme in ["http", "https"] {
            let result = await transport.deliver(message(to: receiver.url(host, scheme: scheme)))
            #expect(result.failure.hasPrefix("the address "), "\(result)")
            #expect(result.failure.contains(" is refused: it "), "\(result)")
        }
        #expect(receiver.connections == 0)
    }

    /// Where the machine has no IPv6, libcurl gives up even before the guard.
    @Test(arguments: [
        "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::]", "[fe80::1%25lo]", "[64:ff9b::7f00:1]",
        "[2002:7f00:1::1]",
        "[fd00:ec2::254]", "a@127.0.0.1", "a:b@127.0.0.1", "127.0.0.1#@example.com",
    ])
    func `other spellings reach no one either`(host: String) async throws {
        let receiver = try Receiver.answering(Self.ok)
        let transport = try transport(allowed: [])
        for scheme in ["http", "https", "file", "gopher", "dict", "ftp"] {
            let result = await transport.deliver(message(to: "\(scheme)://\(host):\(receiver.port)/"))
            #expect(!result.failure.isEmpty)
        }
        #expect(receiver.connections == 0)
    }

    @Test(arguments: [
        "127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost", "0", "%31%32%37.0.0.1",
    ])
    func `the same spellings reach a receiver that the operator opened`(host: String) async throws {
        let receiver = try Receiver.answering(Self.ok)
        let transport = try transport(allowed: ["127.0.0.0/8", "0.0.0.0"])
        let result = await transport.deliver(message(to: receiver.url(host)))
        #expect(result == .answered(status: 200, retryAfter: nil, excerpt: ""))
    }

    @Test(arguments: [IPAddress.v4(0x7F00_0001), .v4(0), .v6(0)])
    func `our own address is stopped although its network is open`(address: IPAddress) async throws {
        let receiver = try Receiver.answering(Self.ok)
        let transport = try transport(allowed: ["127.0.0.0/8", "0.0.0.0/0"])
        transport.setListening([ListenAddress(address: address, port: receiver.port)])
        for host in ["127.0.0.1", "localhost", "0.0.0.0"] {
            let result = await transport.deliver(message(to: receiver.url(host)))
            #expect(result.failure.contains("an address of this service"), "\(result)")
        }
        #expect(receiver.connections == 0)
        transport.setListening([])
        #expect(await transport.deliver(message(to: receiver.url())).failure.isEmpty)
    }
}
