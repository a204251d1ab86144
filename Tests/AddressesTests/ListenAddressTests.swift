import Addresses
import Testing

struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8080", "127.0.0.1", 8_080), ("0.0.0.0:0", "0.0.0.0", 0), ("[::1]:8080", "::1", 8_080),
        ("[::]:65535", "::", 65_535), ("[::ffff:10.0.0.1]:080", "::ffff:10.0.0.1", 80),
    ])
    func `an address with its port is read`(text: String, address: String, port: UInt16) throws {
        let place = try #require(ListenAddress(text))
        #expect(place == ListenAddress(address: try #require(IPAddress(address)), port: port))
        #expect(ListenAddress(place.description) == place)
    }

    @Test(arguments: [
        "", ":", ":80", "8080", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
        "127.0.0.1:000080",
        "127.0.0.1:+1", "127.0.0.1:8o", "127.0.0.1:٨", "127.0.0.1:80 ", " 127.0.0.1:80", "127.0.0.1:80:80",
        "127.1:80", "010.0.0.1:80", "999.0.0.1:80", "127.0.0.1\u{0}:80", "127.0.0.1%00:80", "a@127.0.0.1:80",
        "::1:80", "[::1]", "[::1]:", "[::1", "[]:80", "[", "[127.0.0.1]:80", "[::1]x:80", "[fe80::1%lo]:80",
        "[:::]:80", ":::",
    ])
    func `a name, another spelling and what has no port are none`(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}

struct AuthorityTests {
    /// Host and port as they are told apart; `nil` when the text is no authority.
    private func split(_ text: String) -> [String]? {
        let bytes = Array(text.utf8)
        return Authority.hostEnd(bytes.span, 0..<bytes.count).map { end in
            [String(decoding: bytes[..<end], as: UTF8.self), String(decoding: bytes[end...], as: UTF8.self)]
        }
    }

    @Test(arguments: [
        ("a", "a", ""), ("a.example:80", "a.example", ":80"), ("A%2fb:0", "A%2fb", ":0"),
        ("x_~!$&'()*+;=", "x_~!$&'()*+;=", ""),
        ("10.0.0.1:65535", "10.0.0.1", ":65535"), ("[::1]", "[::1]", ""),
        ("[1:2::10.0.0.1]:81", "[1:2::10.0.0.1]", ":81"),
    ])
    func `a host ends where its port begins`(text: String, host: String, port: String) {
        #expect(split(text) == [host, port])
    }

    @Test(arguments: [
        "", ":", ":80", "a:", "a:65536", "a:123456", "a:b", "a:1:2", "a,b", "a b", "a/b", "u@a", "a%", "a%2",
        "a%zz",
        "[", "[]", "[:]", "[::1", "[::1]80", "[::g]", "[0000:0000:0000:0000:0000:0000:0000:255.255.255.2550]",
        "ü",
    ])
    func `what is no host with an optional port is none`(text: String) {
        #expect(split(text) == nil)
    }
}
