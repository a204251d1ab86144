import App
import Testing

/// The image and the units name only settings that exist. `ProcessTests` run them with the binary and systemd; `scripts/house-rules` has
/// the checks of text alone.
@Suite struct PackagingTests {
    private let dockerfile: String
    private let unit: String

    init() throws {
        dockerfile = try Repository.text(of: "Dockerfile")
        unit = try Repository.text(of: "config/drumbeat.service")
    }

    @Test func `image and unit set keys that exist`() {
        let keys = Set(Setting.all.map(\.key))
        for text in [dockerfile, unit] {
            // Not in comments, where a line end may split a key.
            let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: "\n")
            let named = lines.matches(of: #/\bDRUMBEAT_[A-Z_]+/#).map { String($0.0) }
            #expect(!named.isEmpty)
            for key in named { #expect(keys.contains(key), "there is no \(key)") }
        }
    }

    @Test func `the socket unit has the address and the backlog that are the service's own`() throws {
        let socket = try Repository.text(of: "config/drumbeat.socket")
        let listen = try #require(Setting.all.first { $0.key == "DRUMBEAT_LISTEN" }).fallback
        #expect(socket.contains("\nListenStream=\(listen)\n"))
        #expect(socket.contains("\nFileDescriptorName=http\n"))
        #expect(unit.contains("\nExecReload=/bin/kill -USR2 $MAINPID\n"))
    }

    @Test func `a reload asks the new binary first, so that systemctl says what it refuses`() throws {
        let reloads = unit.split(separator: "\n").filter { $0.hasPrefix("ExecReload=") }
        #expect(
            reloads == [
                "ExecReload=/usr/local/bin/drumbeat config check --quiet",
                "ExecReload=/bin/kill -USR2 $MAINPID",
            ])
    }

    /// Otherwise `drumbeat token create` on the host would open another database than the service.
    @Test
    func
        `the file that the page makes for the unit has what the unit sets, and is the one that commands read`()
        throws
    {
        let page = try Repository.text(of: "docs/operating.md")
        let variables = unit.matches(of: #/(?m)^Environment=(DRUMBEAT_.*)$/#).map { String($0.1) }
        #expect(variables.count == 2)
        #expect(
            page.contains(" >/etc/drumbeat/drumbeat.conf \\\n  \(variables.joined(separator: " \\\n  "))'\n"))
        #expect(ConfigurationReader.defaultFiles.contains("/etc/drumbeat/drumbeat.conf"))
        #expect(unit.contains("\nEnvironmentFile=-/etc/drumbeat/drumbeat.conf\n"))
    }

    @Test func `the unit gives room for as many connections as are allowed`() throws {
        let files = try #require(unit.firstMatch(of: #/(?m)^LimitNOFILE=(\d+)$/#).flatMap { Int($0.1) })
        let connections = Setting.all.first { $0.key == "DRUMBEAT_CONNECTIONS_MAX" }
        #expect(files >= (connections.flatMap { Int($0.fallback) } ?? Int.max) * 2)
    }
}
