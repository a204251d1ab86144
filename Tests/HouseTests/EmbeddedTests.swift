import App
import Config
import Migrations
import Testing

/// The embedded texts equal the files in the folders.
@Suite struct EmbeddedTests {
    @Test func `every migration is embedded, listed, and numbered without a gap`() throws {
        let files = Repository.files.filter { $0.path.hasPrefix("migrations/") && $0.path.hasSuffix(".sql") }
        try #require(!files.isEmpty)
        let package = try Repository.file("Package.swift").text
        let forSQLite = files.filter { !$0.path.hasSuffix(".postgresql.sql") }
        #expect(sqliteMigrations.map(\.version) == Array(1...max(1, forSQLite.count)))
        for file in files {
            let name = file.path.dropFirst("migrations/".count)
            #expect(package.contains(".embedInCode(\"\(name)\")"), "\(file) is not embedded")
            #expect(
                name.contains(#/^\d{4}_[a-z_]+(?:\.sqlite|\.postgresql)?\.sql$/#),
                "\(file) has another form of name")
            #expect(file.text.utf8.allSatisfy { $0 < 0x80 }, "\(file) is not ASCII")
        }
        for file in forSQLite {
            let parts = file.path.dropFirst("migrations/".count).split(separator: ".")[0].split(
                separator: "_", maxSplits: 1)
            let listed = sqliteMigrations.first { $0.version == Int(parts[0]) }
            #expect(listed?.name == String(parts[1]), "\(file) is not listed in Migrations.swift")
            #expect(listed?.sql == file.text, "\(file): another text is compiled in")
        }
    }

    @Test func `every template is embedded and listed`() throws {
        let files = Repository.files.filter { $0.path.hasPrefix("config/templates/") }
        let listed = Dictionary(
            uniqueKeysWithValues: Texts.templates.map { ("config/templates/\($0.name).txt", $0.text) })
        #expect(Set(files.map(\.path)) == Set(listed.keys))
        for file in files { #expect(listed[file.path] == file.text, "\(file): another text is compiled in") }
    }

    @Test func `the embedded checklist is the one in config`() throws {
        #expect(try Repository.file("config/checklists/first-ten-minutes.txt").text == Texts.firstTenMinutes)
    }

    @Test func `the embedded unit is the one in config`() throws {
        #expect(try Repository.file("config/drumbeat.service").text == Texts.unit)
    }

    /// The released keys; a key is never renamed.
    private static let promised = [
        "LISTEN", "DATABASE", "PUBLIC_URL", "ADMIN_TOKEN_FILE", "INTERVAL", "INTERVAL_CRITICAL",
        "INTERVAL_MAJOR",
        "INTERVAL_MINOR", "FIRST_UPDATE", "FIRST_UPDATE_CRITICAL", "FIRST_UPDATE_MAJOR", "FIRST_UPDATE_MINOR",
        "NAG_STEPS", "NAG_MAX", "DUE_SOON", "TEXTS", "TIME_ZONE", "WEBHOOK_ALLOW", "HOSTS", "LOG_LEVEL",
        "LOG_FORMAT",
    ].map { "DRUMBEAT_" + $0 }

    @Test
    func `every promised key exists, once, and the example of a configuration has only keys that exist`()
        throws
    {
        let keys = Setting.all.map(\.key)
        #expect(Set(keys).count == keys.count)
        #expect(Set(Self.promised).subtracting(keys).isEmpty)
        let example = try Repository.file("config/drumbeat.conf.example")
        for line in example.lines {
            guard let match = line.firstMatch(of: #/^#? ?(DRUMBEAT_\w+)=/#) else { continue }
            #expect(keys.contains(String(match.1)), "\(example) names \(match.1)")
        }
    }
}
