import App
import Testing

/// The image and the unit name what is there. `ProcessTests` hold them against the binary and systemd.
@Suite struct PackagingTests {
    private let dockerfile: String
    private let unit: String
    /// The Makefile's list.
    private let packages: Set<String>

    init() throws {
        dockerfile = try Repository.text(of: "Dockerfile")
        unit = try Repository.text(of: "config/drumbeat.service")
        let makefile = try Repository.text(of: "Makefile")
        let list = try #require(makefile.firstMatch(of: #/(?m)^PACKAGES = (.*)$/#)?.1)
        packages = Set(list.split(separator: " ").map(String.init))
    }

    @Test func `the image builds with the Makefile's packages, and runs with those that are no headers`()
        throws
    {
        let stages = dockerfile.matches(of: #/apt-get install -y --no-install-recommends ([^\\\n]*)/#)
            .map { Set($0.1.split(separator: " ").map(String.init)) }
        try #require(stages.count == 2, "there is one list in each stage")
        #expect(stages[0] == packages.filter { $0.hasSuffix("-dev") })
        #expect(stages[1].isSuperset(of: packages.filter { !$0.hasSuffix("-dev") }))
        #expect(stages[1].allSatisfy { !$0.hasSuffix("-dev") })
    }

    @Test func `the toolchain of the image is the one that is asked for, for the Debian that runs`() {
        let images = dockerfile.matches(of: #/(?m)^FROM (\S+)/#).map { String($0.1) }
        #expect(images == ["swift:6.3-bookworm", "debian:bookworm-slim"])
    }

    @Test func `the image's user owns the one folder in which the database lies`() throws {
        let user = try #require(dockerfile.firstMatch(of: #/(?m)^USER (\d+):(\d+)$/#), "USER is a number")
        let volume = try #require(dockerfile.firstMatch(of: #/(?m)^VOLUME (\S+)$/#)?.1)
        #expect(user.1 != "0" && user.2 != "0")
        #expect(dockerfile.contains("install -d -m 0700 -o \(user.1) -g \(user.2) \(volume)\n"))
        #expect(dockerfile.contains("DRUMBEAT_DATABASE=sqlite:\(volume)/"))
    }

    @Test func `image and unit set keys that exist`() {
        let keys = Set(Setting.all.map(\.key))
        for text in [dockerfile, unit] {
            // Not in prose: there, a key may be cut off by a line's end.
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

    @Test func `the unit gives room for as many connections as are allowed`() throws {
        let files = try #require(unit.firstMatch(of: #/(?m)^LimitNOFILE=(\d+)$/#).flatMap { Int($0.1) })
        let connections = Setting.all.first { $0.key == "DRUMBEAT_CONNECTIONS_MAX" }
        #expect(files >= (connections.flatMap { Int($0.fallback) } ?? Int.max) * 2)
    }
}
