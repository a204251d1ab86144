import TestSupport
import Testing

@testable import Client

struct ClientSettingsTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func read(_ environment: [String: String]) throws(ClientFault) -> ClientSettings {
        try ClientSettings(environment: environment.merging(["HOME": folder.path]) { $1 })
    }

    private func fault(_ environment: [String: String]) -> String {
        do throws(ClientFault) {
            _ = try read(environment)
            return ""
        } catch {
            return "\(error)"
        }
    }

    private func conf(_ text: String, mode: UInt32 = 0o600) throws {
        try folder.write(".config/drumbeat/client.conf", text, mode: mode)
    }

    @Test func `without anything the service is the local one, and there is no token`() throws {
        let settings = try read([:])
        #expect(settings.url == "http://127.0.0.1:8080")
        #expect(settings.token == nil)
    }

    @Test func `the file has both, and the environment wins`() throws {
        try conf("# mine\nDRUMBEAT_URL = https://drumbeat.example/\n\nDRUMBEAT_TOKEN=dbt_a\r\n")
        #expect(try read([:]).url == "https://drumbeat.example")
        #expect(try read([:]).token == "dbt_a")
        #expect(try read(["DRUMBEAT_TOKEN": "dbt_b"]).token == "dbt_b")
        #expect(try read(["DRUMBEAT_TOKEN": "dbt_b"]).url == "https://drumbeat.example")
    }

    @Test func `the token of the file goes to the URL of the file alone`() throws {
        try conf("DRUMBEAT_URL=https://drumbeat.example\nDRUMBEAT_TOKEN=dbt_a\n")
        #expect(try read(["DRUMBEAT_URL": "http://other.example"]).token == nil)
        #expect(try read(["DRUMBEAT_URL": "https://drumbeat.example/"]).token == "dbt_a")
        try conf("DRUMBEAT_TOKEN=dbt_a\n")
        #expect(try read(["DRUMBEAT_URL": "http://other.example"]).token == "dbt_a")
    }

    @Test func `XDG_CONFIG_HOME moves the file`() throws {
        try folder.write("xdg/drumbeat/client.conf", "DRUMBEAT_TOKEN=dbt_x\n")
        #expect(try read(["XDG_CONFIG_HOME": folder.file("xdg")]).token == "dbt_x")
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o620, 0o660, 0o601] as [UInt32])
    func `a file that others can read is refused with its mode`(mode: UInt32) throws {
        try conf("DRUMBEAT_TOKEN=dbt_secret\n", mode: mode)
        let fault = fault([:])
        #expect(fault.contains("mode 0" + String(mode, radix: 8)) && fault.contains("chmod 600"), "\(fault)")
        #expect(!fault.contains("dbt_secret"))
    }

    @Test(arguments: [0o600, 0o400] as [UInt32])
    func `a file of one's own is read`(mode: UInt32) throws {
        try conf("DRUMBEAT_TOKEN=dbt_a\n", mode: mode)
        #expect(try read([:]).token == "dbt_a")
    }

    @Test(arguments: [
        "dbt_secret", "TOKEN=dbt_secret", "DRUMBEAT_TOKEN=a\nDRUMBEAT_TOKEN=dbt_secret",
        "DRUMBEAT_LISTEN=dbt_secret",
    ])
    func `a line that is not understood is named by its number, and never quoted`(text: String) throws {
        try conf("#\n" + text + "\n")
        let fault = fault([:])
        #expect(fault.contains("client.conf:\(text.contains("\n") ? 3 : 2)"), "\(fault)")
        #expect(!fault.contains("secret"))
    }

    @Test func `a file with everything given by the environment is not even looked at`() throws {
        try conf("nonsense", mode: 0o644)
        #expect(try read(["DRUMBEAT_URL": "http://a.example", "DRUMBEAT_TOKEN": "dbt_b"]).token == "dbt_b")
    }

    @Test func `a token may lie in a file of its own`() throws {
        let path = try folder.write("token", "dbt_c\nmore\n")
        #expect(try read(["DRUMBEAT_TOKEN_FILE": path]).token == "dbt_c")
        #expect(fault(["DRUMBEAT_TOKEN_FILE": path, "DRUMBEAT_TOKEN": "dbt_b"]).contains("both set"))
        #expect(fault(["DRUMBEAT_TOKEN_FILE": path + "x"]).contains("DRUMBEAT_TOKEN_FILE"))
    }

    @Test(arguments: [
        "dbt_se cret", "dbt_sécret", "dbt_secret\u{1B}", String(repeating: "secret", count: 50),
    ])
    func `what is no token is refused and not shown`(token: String) throws {
        let fault = fault(["DRUMBEAT_TOKEN": token])
        #expect(fault.contains("no token") && !fault.contains("cret"), "\(fault)")
    }

    @Test(arguments: [
        "drumbeat.example", "ftp://a.example", "http://u:secret@a.example", "http://a.example/?a",
        "http://a b",
        "http://a.example#x",
    ])
    func `a URL that cannot be used is refused`(url: String) {
        let fault = fault(["DRUMBEAT_URL": url])
        #expect(fault.contains("DRUMBEAT_URL") && !fault.contains("secret"), "\(fault)")
    }

    @Test(arguments: [
        ("localhost:8080", "http://localhost:8080"), ("127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("[::1]:8080", "http://[::1]:8080"), ("localhost", "http://localhost"),
        ("https://a.example/drumbeat//", "https://a.example/drumbeat"),
        ("HTTP://localhost:8080", "http://localhost:8080"), ("hTTps://A.example/B", "https://A.example/B"),
        // The version of a proxy.
        ("https://gateway.example/v1/drumbeat", "https://gateway.example/v1/drumbeat"),
    ])
    func `this machine needs no scheme`(given: String, url: String) throws {
        #expect(try read(["DRUMBEAT_URL": given]).url == url)
    }

    @Test(arguments: [
        ("drumbeat.example:8443", "export DRUMBEAT_URL=https://drumbeat.example:8443"),
        ("drumbeat.example/", "export DRUMBEAT_URL=https://drumbeat.example"),
        // The token would go there in the clear.
        ("127.0.0.1.evil.example:80", "export DRUMBEAT_URL=https://127.0.0.1.evil.example:80"),
        ("https:drumbeat.example", "export DRUMBEAT_URL=https://drumbeat.example"),
        ("HTTP:/drumbeat.example:8080/x", "export DRUMBEAT_URL=http://drumbeat.example:8080"),
        ("http://a.example/v1", "export DRUMBEAT_URL=http://a.example"),
        ("https://a.example/base/v1/incidents", "export DRUMBEAT_URL=https://a.example/base"),
        ("https://a.example/v1/base/v1/", "export DRUMBEAT_URL=https://a.example/v1/base"),
        ("http://a.example/$(id)/v1", "export DRUMBEAT_URL='http://a.example/$(id)'"),
    ])
    func `a URL that lacks its scheme or has too much is answered with what to set`(url: String, says: String)
    {
        #expect(fault(["DRUMBEAT_URL": url]).hasSuffix(says), "\(fault(["DRUMBEAT_URL": url]))")
    }

    @Test(arguments: [
        "dbt_secret", "http://", "https:///secret", "u:secret@a.example", "https:secret", "https:",
        "http:u:secret@a.example",
    ])
    func `what is no address at all is refused and not shown`(url: String) {
        let fault = fault(["DRUMBEAT_URL": url])
        #expect(fault.contains("not a usable URL") && !fault.contains("secret"), "\(fault)")
    }
}
