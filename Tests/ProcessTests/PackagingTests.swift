import TestSupport
import Testing

extension Binary {
    /// What carries the binary, held against the binary and the tools that will read it.
    @Suite struct PackagingTests {
        @Test func `the image installs the packages whose libraries the binary loads, and no others`() throws
        {
            let dockerfile = try text(of: repository + "/Dockerfile")
            let lists = dockerfile.matches(of: #/apt-get install -y --no-install-recommends ([^\\\n]*)/#)
            let installed = Set(try #require(lists.last).1.split(separator: " ").map(String.init))

            // What Swift's runtime needs, and what our module maps link.
            var names = ["stdc++"]
            for folder in TemporaryFolder.names(in: repository + "/Sources") {
                let map = "\(repository)/Sources/\(folder)/module.modulemap"
                guard look(at: map) != nil else { continue }
                names += try text(of: map).matches(of: #/link "([^"]+)"/#).map { String($0.1) }
            }
            try #require(names.count > 3)
            let loaded = try Child.run(["ldd", Binary.path], in: "/")
            try #require(loaded.ending == .exited(0), "\(loaded.errors)")
            var owners: Set<String> = []
            for name in names {
                let words = loaded.output.split { $0 == " " || $0 == "\t" || $0 == "\n" }
                let file = try #require(
                    words.first { $0.hasPrefix("lib\(name).so.") }, "the binary does not load lib\(name)")
                // By the name alone: /lib is a link to /usr/lib, and dpkg knows one of the two.
                let owner = try Child.run(["dpkg", "-S", "*/\(file)"], in: "/").output
                owners.insert(String(try #require(owner.split(separator: ":").first, "no one owns \(file)")))
            }
            #expect(installed.subtracting(["ca-certificates", "tzdata"]) == owners)
        }

        @Test func `systemd reads every line of both units, and finds the service hardened`() throws {
            let folder = try TemporaryFolder()
            let unit = try text(of: repository + "/config/drumbeat.service")
            let ours = unit.replacing("=/usr/local/bin/drumbeat ", with: "=\(Binary.path) ")
            try #require(ours != unit)
            try folder.write("drumbeat.service", ours, mode: 0o644)
            let file = folder.file("drumbeat.service")
            let socket = try folder.write(
                "drumbeat.socket", try text(of: repository + "/config/drumbeat.socket"), mode: 0o644)
            let verified = try Child.run(["systemd-analyze", "verify", file, socket], in: "/")
            #expect(verified.ending == .exited(0))
            // A key it does not know is only a warning.
            #expect(verified.output + verified.errors == "")
            // In tenths: 0 is a unit that may do nothing, 96 one that may do everything.
            let rated = try Child.run(
                ["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", file],
                in: "/")
            #expect(rated.ending == .exited(0), "\(rated.output.split(separator: "\n").last ?? "")")
        }
    }
}
