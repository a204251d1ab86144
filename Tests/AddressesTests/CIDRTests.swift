import Addresses
import Encoding
import TestSupport
import Testing

struct CIDRTests {
    @Test(arguments: [
        ("127.0.0.0/8", "127.0.0.0/8"), ("::1/128", "::1/128"), ("10.1.2.3", "10.1.2.3/32"),
        ("FD00:EC2::254", "fd00:ec2::254/128"), ("0.0.0.0/0", "0.0.0.0/0"), ("::/0", "::/0"),
        ("169.254.169.254/32", "169.254.169.254/32"), ("2a00::/12", "2a00::/12"),
    ])
    func `a network reads as it is written`(text: String, shown: String) throws {
        #expect(try CIDR(text).description == shown)
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/08", "10.0.0.0/+8", "10.0.0.0/-1",
        "10.0.0/8",
        "10.0.0.0/8/8", "010.0.0.0/8", "10.0.0.0/8 ", " 10.0.0.0/8", "10.0.0.0/8\u{0}", "10.0.0.0\u{0}/8",
        "0x0a.0.0.0/8",
        "167772160/8", "localhost", "[::1]/128", "fe80::1%lo/128", "10.0.0.0/٨", "10.0.0.0/1000", "::1::/64",
    ])
    func `what is no network is refused`(text: String) {
        #expect(throws: CIDRFault.malformed(text)) { try CIDR(text) }
    }

    @Test func `host bits are refused with both networks that may be meant`() {
        #expect(throws: CIDRFault.hostBits("10.1.2.3/8", network: "10.0.0.0/8", single: "10.1.2.3/32")) {
            try CIDR("10.1.2.3/8")
        }
        #expect(throws: CIDRFault.hostBits("fd00::1/8", network: "fd00::/8", single: "fd00::1/128")) {
            try CIDR("fd00::1/8")
        }
    }

    @Test(arguments: [
        "::ffff:10.0.0.0/104", "::ffff:127.0.0.1", "64:ff9b::/96", "2002::/16", "2002:7f00:1::/48",
    ])
    func `an IPv6 network of IPv4 addresses is refused`(text: String) {
        #expect { try CIDR(text) } throws: { error in
            if case CIDRFault.carriesIPv4 = error { true } else { false }
        }
    }

    @Test func `a network holds what shares its first bits`() {
        let seed = SystemRandom().bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let random = SeededRandom(seed: seed)
        for _ in 0..<5_000 {
            let four = random.next() & 1 == 0
            let network = random.address(four: four)
            let prefix = Int(random.next() % UInt64(network.bits + 1))
            // Half of the addresses differ from the network in a few bits only, else hardly one would lie
            // in it.
            let address = random.next() & 1 == 0 ? random.neighbour(of: network) : random.address(four: four)
            let expected = Array(network.text.prefix(prefix)) == Array(address.text.prefix(prefix))
            let range = CIDR(network, prefix)
            #expect(range.contains(address) == expected, "seed \(seed): \(range) and \(address)")
        }
    }

    @Test func `a network holds no address of the other family`() throws {
        #expect(!(try CIDR("0.0.0.0/0").contains(.v6(1))))
        #expect(!(try CIDR("::/0").contains(.v4(1))))
    }
}

extension SeededRandom {
    fileprivate func address(four: Bool) -> IPAddress {
        four ? .v4(UInt32(truncatingIfNeeded: next())) : .v6(UInt128(next()) << 64 | UInt128(next()))
    }

    fileprivate func neighbour(of address: IPAddress) -> IPAddress {
        switch address {
        case .v4(let number): .v4(number ^ (1 << UInt32(next() % 32)))
        case .v6(let number): .v6(number ^ (1 << UInt128(next() % 128)))
        }
    }
}

extension IPAddress {
    /// All bits as characters: slow, and obviously right.
    fileprivate var text: String {
        let digits =
            switch self {
            case .v4(let number): String(number, radix: 2)
            case .v6(let number): String(number, radix: 2)
            }
        return String(repeating: "0", count: bits - digits.count) + digits
    }
}
