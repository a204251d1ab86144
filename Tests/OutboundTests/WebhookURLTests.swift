import Addresses
import Journal
import Testing

@testable import Outbound

struct WebhookURLTests {
    private func refusal(_ url: String, allowed: [String] = []) throws -> String? {
        try transport(allowed: allowed).refusal(of: url, for: .standard)
    }

    @Test(arguments: [
        "127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "localhost",
        "LOCALHOST", "localhost.", "a.localhost", "0", "0.0.0.0", "[::]", "169.254.169.254",
        "%31%32%37.0.0.1", "%30x7f.1",
        "[fe80::1%25lo]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "0x7f000001", "017700000001", "127.0.0.1.",
        "[fd00:ec2::254]", "10.1.2.3", "[0:0:0:0:0:ffff:127.0.0.1]", "0300.0250.1",
    ])
    func `every spelling of an inner address is refused at registration`(host: String) throws {
        for scheme in ["https", "http", "HTTPS"] {
            #expect(try refusal("\(scheme)://\(host)/hook")?.contains("DRUMBEAT_WEBHOOK_ALLOW") == true)
            #expect(try refusal("\(scheme)://\(host):8443/hook") != nil)
        }
    }

    @Test(arguments: [
        "127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::ffff:127.0.0.1]", "localhost",
        "%31%32%37.0.0.1",
    ])
    func `an opened address passes in every spelling`(host: String) throws {
        #expect(try refusal("http://\(host):8080/hook", allowed: ["127.0.0.0/8"]) == nil)
        #expect(try refusal("https://\(host)/hook", allowed: ["10.0.0.0/8"]) != nil)
    }

    @Test(arguments: [
        "https://chat.example.com/hooks/abc", "HTTPS://Chat.Example.com",
        "https://chat.example.com:8443/?a=b#".dropLast() + "",
        "https://chat.example.com/a%22b;c=1,2!$&'()*+-._~:@/?q=/?%7C", "https://8.8.8.8/",
        "https://[2606:4700::1111]/hook", "https://xn--bcher-kva.example/",
        "https://chat.example.com:80/",
    ])
    func `a URL on the Internet passes`(url: String) throws {
        #expect(try refusal(url) == nil)
    }

    @Test(arguments: [
        ("", "begin with https://"), ("chat.example.com/hook", "begin with https://"),
        ("file:///etc/passwd", "begin with https://"),
        ("gopher://127.0.0.1:70/", "begin with https://"), ("dict://127.0.0.1/", "begin with https://"),
        ("ftp://example.com/", "begin with https://"), ("//example.com/", "begin with https://"),
        ("https:/example.com/", "begin with https://"), ("javascript:alert(1)", "begin with https://"),
        ("https://a@example.com/", "user or a password"), ("https://a:b@example.com/", "user or a password"),
        ("https://a@127.0.0.1/", "user or a password"), ("https://@example.com/", "user or a password"),
        ("https://example.com/#x", "fragment"), ("https://example.com/#", "fragment"),
        ("https://127.0.0.1#@example.com/", "fragment"),
        ("https://", "DRUMBEAT|has no host|is not valid"),
        ("https:///hook", "has no host|is not valid"), ("https://:443/", "has no host|is not valid"),
        ("https://example.com:0/", "port 0|is not valid"), ("https://example.com:65536/", "is not valid"),
        ("https://example.com:x/", "is not valid"), ("https://exa mple.com/", "percent-encoded"),
        ("https://example.com/\r\nX: y", "percent-encoded"), ("https://example.com/\u{0}", "percent-encoded"),
        ("https://exämple.com/", "percent-encoded"), ("https://１２７.0.0.1/", "percent-encoded"),
        ("https://example.com\\@127.0.0.1/", "user or a password|is not valid"),
        ("https://[::1", "is not valid"),
        ("https://example.com:22/", "port 22"),
        ("https://example.com/a\"x", "has \", which no URL may have"),
        ("https://example.com/a<b", "has <, which"),
        ("https://example.com/a>b", "has >, which"), ("https://example.com/?q=a|b", "has |, which"),
        ("https://example.com/\\x", "has \\, which"), ("https://example.com/^", "has ^, which"),
        ("https://example.com/`", "has `, which"), ("https://example.com/{x}", "has {, which"),
        ("https://example.com/a[1]", "has [, which"), ("https://example.com/%zz", "has %zz, which"),
        ("https://example.com/%4", "has %4, which"), ("https://example.com/?a=%", "has %, which"),
        ("https://example.com/%00", "has %00, which"),
        ("http://chat.example.com/hook", "allowed only inside DRUMBEAT_WEBHOOK_ALLOW"),
    ])
    func `what is no webhook's URL is refused in words`(url: String, words: String) throws {
        let reason = try #require(try refusal(url))
        #expect(words.split(separator: "|").contains { reason.contains($0) }, "\(reason)")
    }

    @Test func `a URL has at most 2000 bytes`() throws {
        let base = "https://chat.example.com/"
        #expect(try refusal(base + String(repeating: "a", count: 2_000 - base.utf8.count)) == nil)
        #expect(
            try refusal(base + String(repeating: "a", count: 2_001 - base.utf8.count))?.contains("2000")
                == true)
    }

    @Test func `a name is left to the delivery once the operator opened a network`() throws {
        #expect(try refusal("http://chat.corp.example/hook", allowed: ["10.0.0.0/8"]) == nil)
        #expect(try refusal("https://chat.corp.example:22/hook", allowed: ["10.0.0.0/8"]) == nil)
        #expect(try refusal("http://localhost/hook", allowed: ["10.0.0.0/8"]) != nil)
    }

    @Test func `our own address is refused at registration`() throws {
        let transport = try transport()
        #expect(transport.refusal(of: "http://127.0.0.1:8080/hook", for: .standard) == nil)
        transport.setListening([ListenAddress(address: .v4(0), port: 8_080)])
        #expect(
            transport.refusal(of: "http://127.0.0.1:8080/hook", for: .standard)?.contains(
                "an address of this service")
                == true)
        #expect(
            transport.refusal(of: "http://localhost:8080/hook", for: .standard)?.contains(
                "an address of this service")
                == true)
        #expect(transport.refusal(of: "http://127.0.0.1:8081/hook", for: .standard) == nil)
    }
}
