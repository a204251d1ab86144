import Addresses
import Testing

@testable import Outbound

struct AddressGuardTests {
    private func refusal(
        _ address: String, port: UInt16 = 443, _ scheme: WebScheme = .https, allowed: [String] = [],
        listening: [ListenAddress] = []
    ) throws -> AddressRefusal? {
        let place = try #require(IPAddress(address))
        return try addressGuard(allowed, listening: listening).refusal(of: place, port: port, scheme: scheme)
    }

    /// Every range of the list in security.md with its first and its last address.
    static let refused = [
        "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
        "127.0.0.0",
        "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.255.255", "172.16.0.0", "172.31.255.255",
        "192.0.0.0",
        "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.168.0.0", "192.168.255.255", "198.18.0.0",
        "198.19.255.255",
        "198.51.100.0", "198.51.100.255", "203.0.113.0", "203.0.113.255", "224.0.0.0", "239.255.255.255",
        "240.0.0.0",
        "255.255.255.255", "::", "::1", "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::",
        "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "ff00::",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001::",
        "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:101::1",
        "::127.0.0.1",
        "64:ff9b:1::7f00:1", "100::1", "169.254.169.254", "fd00:ec2::254", "3fff::",
        "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "168.63.129.16",
    ]

    @Test(arguments: refused)
    func `what is not on the Internet is refused`(address: String) throws {
        #expect(try refusal(address) != nil)
    }

    @Test(arguments: [
        "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0",
        "192.167.255.255",
        "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255",
        "203.0.114.0",
        "223.255.255.255", "8.8.8.8", "2606:4700::1111", "2001:1::1", "2001:db7::", "2001:db9::", "2003::1",
        "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1",
        "3fff:1000::", "168.63.129.15", "168.63.129.17",
    ])
    func `what is on the Internet is called over https`(address: String) throws {
        #expect(try refusal(address) == nil)
        #expect(try refusal(address, port: 8_443) == nil)
    }

    @Test func `an open network is called over http and on any port`() throws {
        #expect(try refusal("10.1.2.3", port: 25, .http, allowed: ["10.1.0.0/16"]) == nil)
        #expect(try refusal("::ffff:10.1.2.3", port: 25, .http, allowed: ["10.1.0.0/16"]) == nil)
        #expect(try refusal("64:ff9b::a01:203", .http, allowed: ["10.1.0.0/16"]) == nil)
        #expect(try refusal("10.2.0.0", allowed: ["10.1.0.0/16"]) != nil)
        #expect(try refusal("fd12::1", .http, allowed: ["fd12::/16"]) == nil)
        // An address that carries another is judged by what it carries, so that ::/0 opens no loopback.
        #expect(try refusal("::ffff:127.0.0.1", allowed: ["::/0"]) != nil)
        #expect(try refusal("64:ff9b::7f00:1", allowed: ["::/0"]) != nil)
    }

    @Test func `http outside the open networks is refused`() throws {
        #expect(try refusal("8.8.8.8", port: 80, .http) == .plainHTTP)
        #expect(try refusal("8.8.8.8", port: 80, .http, allowed: ["10.0.0.0/8"]) == .plainHTTP)
        #expect(try refusal("8.8.8.8", port: 80, .http, allowed: ["8.8.8.8"]) == nil)
    }

    @Test(arguments: [
        (0, false), (1, false), (22, false), (80, true), (443, true), (444, false), (1_023, false),
        (1_024, true),
    ])
    func `ports below 1024 are refused but 80 and 443`(port: UInt16, passes: Bool) throws {
        #expect(try refusal("8.8.8.8", port: port) == (passes ? nil : .port(port)))
        #expect(try refusal("8.8.8.8", port: port, allowed: ["8.8.8.0/24"]) == (port == 0 ? .port(0) : nil))
    }

    @Test(arguments: ["169.254.169.254", "fd00:ec2::254"])
    func `metadata is refused unless it is named itself`(address: String) throws {
        let place = try #require(IPAddress(address))
        let wide = ["169.254.0.0/16", "169.254.169.254/31", "0.0.0.0/0", "fd00::/8", "::/0"]
        #expect(try refusal(address, allowed: wide) == .metadata(place))
        #expect(try refusal(address, port: 80, .http, allowed: wide + [address]) == nil)
        let mapped = "::ffff:169.254.169.254"
        #expect(try refusal(mapped, allowed: wide) == .metadata(.v4(0xA9FE_A9FE)))
    }

    @Test(arguments: [
        "169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::23", "fd20:ce::254",
        "100.100.100.200",
        "168.63.129.16", "192.0.0.192", "169.254.42.42", "fd00:42::42",
    ])
    func `a wide network that is allowed opens no metadata service of any cloud`(address: String) throws {
        let place = try #require(IPAddress(address))
        let wide = [
            "169.254.0.0/16", "100.64.0.0/10", "192.0.0.0/24", "168.63.0.0/16", "0.0.0.0/0", "fd00::/8",
            "::/0",
        ]
        #expect(try refusal(address, port: 80, .http, allowed: wide) == .metadata(place))
        #expect(try refusal(address, port: 80, .http, allowed: wide + [address]) == nil)
    }

    @Test func `our own address is never called`() throws {
        let own = [ListenAddress(address: .v4(0x7F00_0001), port: 8_080)]
        let open = ["0.0.0.0/0", "::/0"]
        for address in ["127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1", "::ffff:0.0.0.0"] {
            #expect(try refusal(address, port: 8_080, .http, allowed: open, listening: own) == .ownAddress)
            #expect(try refusal(address, port: 8_081, .http, allowed: open, listening: own) == nil)
        }
        #expect(try refusal("127.0.0.2", port: 8_080, .http, allowed: open, listening: own) == nil)
        #expect(try refusal("192.0.2.7", port: 8_080, .http, allowed: open, listening: own) == nil)
    }

    @Test(arguments: [IPAddress.v4(0), .v6(0), .v6(0xFFFF_0000_0000)])
    func `a wildcard listener is every address of the machine`(wildcard: IPAddress) throws {
        let own = [ListenAddress(address: wildcard, port: 8_080)]
        let open = ["0.0.0.0/0", "::/0"]
        for address in ["127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "192.0.2.7", "::ffff:192.0.2.7"] {
            #expect(try refusal(address, port: 8_080, .http, allowed: open, listening: own) == .ownAddress)
        }
        #expect(try refusal("192.0.2.8", port: 8_080, .http, allowed: open, listening: own) == nil)
        #expect(try refusal("192.0.2.7", port: 8_081, .http, allowed: open, listening: own) == nil)
    }

    @Test func `this machine has its loopback address`() {
        #expect(IPAddress.ofThisMachine().contains(.v4(0x7F00_0001)))
    }

    @Test func `a refusal says what to do`() throws {
        let place = try #require(IPAddress("10.1.2.3"))
        let reason = try #require(try addressGuard([]).refusal(of: place, port: 443, scheme: .https))
        #expect(
            "\(place) \(reason)"
                == "10.1.2.3 is in a private network: the operator can add it to DRUMBEAT_WEBHOOK_ALLOW")
        for address in Self.refused {
            #expect(try refusal(address)?.description.contains("DRUMBEAT_WEBHOOK_ALLOW") == true)
        }
    }
}
