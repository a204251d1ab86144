@testable import App
import TestSupport
import Testing

/// Where a value comes from, what it may be, and what is said when it is not.
struct ConfigurationTests {
    private func read(
        _ environment: [String: String] = [:], flags: [String] = [], files: [String] = []
    ) throws -> (configuration: Configuration, rest: [String], warnings: [String]) {
        try ConfigurationReader(environment: environment, files: files).read(flags: flags)
    }

    private func fault(
        _ environment: [String: String] = [:], flags: [String] = []
    ) -> String? {
        do {
            _ = try read(environment, flags: flags)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Good and bad values of every key.
    static let values: [(key: String, good: [String], bad: [String])] =
        [
            (
                "LISTEN", ["127.0.0.1:8080", "0.0.0.0:0", "[::1]:8080", "[::]:65535"],
                [
                    "", "8080", ":8080", "localhost", "localhost:80", "127.0.0.1", "127.0.0.1:",
                    "127.0.0.1:65536", "127.0.0.1:+80",
                    "::1:8080", "127.0.0.1:8080 ", "[127.0.0.1]:80", "[::1]", "1.2.3:80",
                ]
            ),
            (
                "DATABASE", ["sqlite:a.db", "sqlite:/x/y.db"],
                ["", "a.db", "sqlite:", "postgres://x/y", "SQLITE:a"]
            ),
            (
                "PUBLIC_URL", ["https://drumbeat.example.org", "http://10.0.0.1:8080/beat"],
                [
                    "", "drumbeat.example.org", "https://", "http:///x", "https://x/", "ftp://x",
                    "https://a b", "https://é",
                ]
            ),
            ("BATCH_MAX", ["1", "256"], ["", "0", "257", "+5"]),
            ("ADMIN_TOKEN_FILE", ["/x/token"], ["", "\"/x/token\"", "'/x/token'"]),
            (
                "NAG_STEPS", ["0s,5m,10m", "1m", "0,1s,2s"],
                [
                    "", "5m,5m", "10m,5m", "0s,,5m", "0s, 5m", "x", "-1s", "500ms",
                    "1s,2s,3s,4s,5s,6s,7s,8s,9s,10s,11s,12s,13s",
                ]
            ),
            (
                "NAG_MAX", ["1", "12", "100"],
                ["", "0", "101", "+5", "-1", "1.0", "٣", "99999999999999999999"]
            ),
            ("DECISION_AFTER", ["1s", "60m", "7d"], ["", "0s", "60", "1500ms", "8d"]),
            ("NO_PROGRESS", ["1s", "30m", "7d"], ["", "0s", "30", "1500ms", "8d"]),
            ("WATCH_FLOOR", ["0s", "10m", "15m"], ["", "10", "1500ms", "16m", "-1s"]),
            ("WATCH", ["10m", "15m", "7d"], ["", "0s", "9m", "599s", "15", "600500ms", "8d"]),
            ("WATCH_MINOR", ["0s", "10m", "7d"], ["", "1s", "9m", "5", "8d"]),
            ("FREEZE_FROM", ["minor", "major", "critical", "never"], ["", "Major", "none", "sev1"]),
            ("PUBLIC_FREEZE", ["yes", "no"], ["", "true", "YES", "1"]),
            ("SHIFT", ["0s", "4h", "7d"], ["", "4", "1500ms", "8d"]),
            ("DUE_SOON", ["0s", "0", "2m", "24h"], ["", "2", "-2m", "1500ms", "25h", "1h 30m"]),
            ("LINT", ["warn", "block", "off"], ["", "Warn", "yes"]),
            ("TEXTS", ["/tmp"], ["", "/no/such/folder", "/etc/passwd"]),
            (
                "TIME_ZONE", ["UTC", "Europe/Berlin"],
                ["", "Berlin", "Mars/Base", "../etc/passwd", "/etc/passwd", "Europe", "CEST"]
            ),
            (
                "WEBHOOK_ALLOW", ["10.0.0.0/8", "127.0.0.0/8,::1/128", "192.168.1.5"],
                ["", "10.0.0.0/33", "10.1.2.3/8", "10.0.0.0/8,", "x", "10.0.0.0/8, 127.0.0.0/8"]
            ),
            ("WEBHOOK_CA_FILE", ["/etc/passwd"], ["", "/no/such/file"]),
            ("WEBHOOK_TIMEOUT", ["100ms", "15s", "1m"], ["", "15", "99ms", "61s", "0s"]),
            ("WEBHOOK_CONNECT_TIMEOUT", ["100ms", "5s", "1m"], ["", "5", "99ms", "2m", "-1s"]),
            (
                "CORS_ORIGINS", ["https://a.example", "http://localhost:5173,https://[::1]:8443"],
                [
                    "", "*", "null", "a.example", "https://a.example/", "https://A.example",
                    "https://a.example:443", "http://a:80", "ftp://a", "https://u@a", "https://a, https://b",
                    "https://",
                ]
            ),
            ("HOSTS", ["a.example.org", "a,b:8080,[::1]"], ["", "a,", "a b", "http://a", "a/b", "é"]),
            ("LOG_LEVEL", ["debug", "info", "warning", "error"], ["", "INFO", "trace"]),
            ("LOG_FORMAT", ["auto", "text", "json"], ["", "xml", "JSON"]),
            ("BODY_RATE_MIN", ["1", "1048576"], ["", "0", "1048577"]),
            (
                "TRUSTED_PROXIES", ["127.0.0.1", "10.0.0.0/24,::1"],
                ["", "10.0.0.1/24", "10.0.0.1,", "proxy"]
            ),
            ("RATE_LIMIT", ["off", "1", "100000"], ["", "0", "100001", "OFF", "+5"]),
            ("DESCRIPTORS_RESERVED", ["50", "200"], ["", "49", "x"]),
            ("IN_FLIGHT_MAX", ["1", "1024"], ["", "0", "100001"]),
            ("CONNECTIONS_MAX", ["1", "12000"], ["0", "x"]),
            ("WAITS_PER_TOKEN_MAX", ["quarter", "1", "1000000"], ["", "0", "1000001", "half"]),
            ("UNAUTHENTICATED_MAX", ["1", "256"], ["0", "100001"]),
            ("REQUEST_LINE_MAX", ["256", "65536"], ["255", "65537"]),
            ("HEADER_LINE_MAX", ["256", "65536"], ["255", "65537"]),
            ("HEADERS_MAX", ["1024", "262144"], ["1023", "262145"]),
            ("HEADER_COUNT_MAX", ["8", "1000"], ["7", "1001"]),
            ("BODY_MAX", ["1024", "1048576"], ["1023", "1048577"]),
            ("REQUESTS_PER_CONNECTION_MAX", ["1", "100000"], ["0", "x"]),
        ]
        + [
            "INTERVAL", "INTERVAL_CRITICAL", "INTERVAL_MAJOR", "INTERVAL_MINOR", "FIRST_UPDATE",
            "FIRST_UPDATE_CRITICAL",
            "FIRST_UPDATE_MAJOR", "FIRST_UPDATE_MINOR",
        ].map {
            (
                $0, ["1s", "15m", "8h", "90s", "7d"],
                ["", "0s", "15", "1500ms", "8d", "-5m", "15 m", "15M", "1e3s"]
            )
        }
        + [
            "FIRST_BYTE_TIMEOUT", "HEADERS_TIMEOUT", "BODY_TIMEOUT", "BODY_TIME_MAX", "HANDLER_TIMEOUT",
            "WRITE_TIMEOUT",
            "KEEP_ALIVE_TIMEOUT",
        ]
        .map { ($0, ["100ms", "10s", "1h"], ["", "0s", "99ms", "61m", "10"]) }

    /// What is said more of a bad value above.
    private let hints = [
        "10.1.2.3/8":
            "\"10.1.2.3/8\" has bits set after its prefix (host bits): write 10.0.0.0/8 for the network or 10.1.2.3/32 for the address.",
        "10.0.0.1/24":
            "\"10.0.0.1/24\" has bits set after its prefix (host bits): write 10.0.0.0/24 for the network or 10.0.0.1/32 for the address.",
        "127.0.0.1:8080 ": "Remove the spaces before and after the value.",
        "\"/x/token\"": "Remove the quotes: they would be part of the value.",
        "'/x/token'": "Remove the quotes: they would be part of the value.",
    ]

    @Test func `the table above has every key`() {
        #expect(Set(ConfigurationTests.values.map { "DRUMBEAT_" + $0.key }) == Set(Setting.all.map(\.key)))
        #expect(Set(Setting.all.map(\.key)).count == Setting.all.count)
    }

    @Test(arguments: values.map(\.key))
    func `a key takes its good values and refuses its bad ones, saying where, what and what is allowed`(
        name: String
    ) throws {
        let row = try #require(ConfigurationTests.values.first { $0.key == name })
        let key = "DRUMBEAT_" + name
        let setting = try #require(Setting.all.first { $0.key == key })
        for good in row.good {
            let flagged = try read(flags: [setting.flag, good])
            #expect(flagged.configuration.texts[key] == good)
            #expect(flagged.configuration.origins[key] == .flag(setting.flag))
        }
        for bad in row.bad {
            let message = try #require(fault([key: bad]), "\(bad) was taken")
            let said = "environment: \(key)=\(bad): must be \(setting.allowed)."
            if let hint = hints[bad] {
                #expect(message == "\(said) \(hint)")
            } else {
                #expect(message == said)
            }
            #expect(
                fault(flags: ["\(setting.flag)=\(bad)"])?.hasPrefix(
                    "\(setting.flag): \(key)=\(bad): must be ") == true)
            let folder = try TemporaryFolder()
            let file = try folder.write("a.conf", "# first\n\(key)=\(bad)\n")
            #expect(
                fault(flags: ["--config", file])?.hasPrefix("\(file) line 2: \(key)=\(bad): must be ") == true
            )
        }
    }

    @Test func `a default is what its key would take`() throws {
        for setting in Setting.all {
            let words = [
                "from DRUMBEAT_LISTEN", "none", "built in", "any", "as INTERVAL", "as FIRST_UPDATE",
                "as WATCH",
            ]
            if words.contains(setting.fallback) { continue }
            #expect(fault([setting.key: setting.fallback]) == nil, "\(setting.key)=\(setting.fallback)")
        }
        let defaults = try read().configuration
        for setting in Setting.all { #expect(defaults.origins[setting.key] == .default) }
    }

    /// The numbers of http-strictness.md, "Timeouts and caps", H17 and H18.
    @Test func `timeouts and caps are by default what the rules say`() {
        let rules = [
            "FIRST_BYTE_TIMEOUT": "10s", "HEADERS_TIMEOUT": "10s", "BODY_TIMEOUT": "10s",
            "BODY_RATE_MIN": "1024", "HANDLER_TIMEOUT": "10s", "WRITE_TIMEOUT": "30s",
            "KEEP_ALIVE_TIMEOUT": "75s", "REQUESTS_PER_CONNECTION_MAX": "100000", "CONNECTIONS_MAX": "12000",
            "DESCRIPTORS_RESERVED": "200", "UNAUTHENTICATED_MAX": "256", "IN_FLIGHT_MAX": "1024",
            "REQUEST_LINE_MAX": "8192", "HEADER_LINE_MAX": "8192", "HEADERS_MAX": "16384",
            "HEADER_COUNT_MAX": "100", "BODY_MAX": "262144",
        ]
        for (name, value) in rules {
            #expect(Setting.all.first { $0.key == "DRUMBEAT_" + name }?.fallback == value, "\(name)")
        }
    }

    @Test func `flags win over the environment, that over the file, that over the default`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "a.conf", "DRUMBEAT_NAG_MAX=3\nDRUMBEAT_LOG_LEVEL=error\nDRUMBEAT_DUE_SOON=1m\n")
        let environment = ["DRUMBEAT_NAG_MAX": "4", "DRUMBEAT_LOG_LEVEL": "debug"]
        let all = try read(environment, flags: ["--config", file, "--nag-max", "5"]).configuration
        #expect(all.policy.nagMax == 5)
        #expect(all.origins["DRUMBEAT_NAG_MAX"] == .flag("--nag-max"))
        #expect(all.logLevel == .debug)
        #expect(all.origins["DRUMBEAT_LOG_LEVEL"] == .environment)
        #expect(all.policy.dueSoon == .seconds(60))
        #expect(all.origins["DRUMBEAT_DUE_SOON"] == .file(file, line: 3))
        #expect(all.server.listen == "127.0.0.1:8080")
        // A bad value that a better place overrides is not looked at.
        let bad = try folder.write("b.conf", "DRUMBEAT_NAG_MAX=x\n")
        #expect(fault(["DRUMBEAT_NAG_MAX": "4"], flags: ["--config", bad]) == nil)
    }

    @Test func `a severity's key wins over the general one, wherever each comes from`() throws {
        let configuration = try read(
            ["DRUMBEAT_INTERVAL_MAJOR": "20m", "DRUMBEAT_FIRST_UPDATE_CRITICAL": "1m"],
            flags: ["--interval", "30m", "--first-update=2m"]
        ).configuration
        #expect(configuration.policy.major.interval == .seconds(1_200))
        #expect(configuration.policy.minor.interval == .seconds(1_800))
        #expect(configuration.policy.critical.interval == .seconds(1_800))
        #expect(configuration.policy.critical.firstUpdate == .seconds(60))
        #expect(configuration.policy.major.firstUpdate == .seconds(120))
    }

    @Test
    func `the floor allows shorter watches, and minor incidents are watched as others unless it says so`()
        throws
    {
        #expect(try read().configuration.policy.watch == .standard)
        let short = try read(flags: ["--watch-floor", "2s", "--watch", "3s"]).configuration.policy.watch
        #expect(short.length(of: .major) == .seconds(3) && short.length(of: .minor) == .seconds(3))
        let minor = try read(flags: ["--watch-minor", "0s"]).configuration.policy.watch
        #expect(minor.length(of: .minor) == .zero && minor.length(of: .critical) == .seconds(900))
        #expect(fault(flags: ["--watch", "3s"])?.contains("from WATCH_FLOOR, 10m by default, to 7d") == true)
        #expect(fault(flags: ["--watch-floor", "5m", "--watch-minor", "4m"]) != nil)
    }

    @Test(arguments: ["DRUMBEAT_STATUS_PAGE", "DRUMBEAT_BACKUP_DIR"])
    func `a key that is promised and not built yet says so`(key: String) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("not-yet.conf", "\(key)=x\n")
        let fault = #expect(throws: ConfigurationFault.self) {
            _ = try ConfigurationReader(environment: [:], files: []).read(flags: ["--config", file])
        }
        #expect(
            fault?.description
                == "\(file) line 1: \(key) is unknown. It is not implemented yet. Remove it.")
    }

    @Test func `an unknown key in the file stops the start, with file, line and a guess`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("a.conf", "\n# x\nDRUMBEAT_INTERVALL=15m\n")
        #expect(
            fault(flags: ["--config=\(file)"])
                == "\(file) line 3: DRUMBEAT_INTERVALL is unknown. Did you mean DRUMBEAT_INTERVAL?")
        let odd: [(String, String)] = [
            ("PATH=/bin", "PATH is unknown"), ("DRUMBEAT_LISTEN", "must be KEY=VALUE"), ("=x", " is unknown"),
            (
                "DRUMBEAT_LISTEN =127.0.0.1:80",
                "DRUMBEAT_LISTEN =127.0.0.1:80: there must be no spaces around the equals sign."
            ),
            ("DRUMBEAT_LISTEN\t= 127.0.0.1:80", "no spaces around the equals sign."),
            ("DRUMBEAT_NAG_MAX= 1", "Remove the spaces before and after the value."),
            ("DRUMBEAT_NAG_MAX=1 ", "Remove the spaces before and after the value."),
            ("export DRUMBEAT_NAG_MAX=1", "remove the word export; a line is KEY=VALUE."),
            ("use DRUMBEAT_NAG_MAX=1", "is unknown"), ("DRUMBEAT_PORT=80", "Did you mean DRUMBEAT_LISTEN?"),
            ("DRUMBEAT_DB=a.db", "Did you mean DRUMBEAT_DATABASE?"),
            ("DRUMBEAT_ODD=1", "Run drumbeat config check to list the keys."),
            ("DRUMBEAT_NAG_MAX=1 # x", "Move the comment to a line of its own."),
            (
                "DRUMBEAT_NAG_MAX=\"1\"",
                "must be a whole number from 1 to 100. Remove the quotes: they would be"
            ),
            ("DRUMBEAT_TIME_ZONE='Europe/Berlin'", "Remove the quotes: they would be part of the value."),
            ("drumbeat_nag_max=1", "is unknown"),
            ("DRUMBEAT_\u{212A}EEP_ALIVE_TIMEOUT=1s", "is unknown"),
        ]
        for (line, expected) in odd {
            let file = try folder.write("odd.conf", line)
            let message = try #require(fault(flags: ["--config", file]), "\(line)")
            #expect(message.hasPrefix("\(file) line 1: "), "\(message)")
            #expect(message.contains(expected), "\(message)")
        }
    }

    @Test func `a key twice in the file stops the start and names both lines`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("a.conf", "DRUMBEAT_NAG_MAX=3\n\nDRUMBEAT_NAG_MAX=3\n")
        #expect(
            fault(flags: ["--config", file])
                == "\(file) line 3: DRUMBEAT_NAG_MAX is set twice, first at \(file) line 1.")
    }

    @Test func `lines may end with CR LF, the last without any, and the first follow a byte order mark`()
        throws
    {
        let folder = try TemporaryFolder()
        let file = try folder.write(
            "a.conf", "\u{FEFF}# x\r\n\r\n  DRUMBEAT_NAG_MAX=3\r\nDRUMBEAT_LOG_LEVEL=error")
        let configuration = try read(flags: ["--config", file]).configuration
        #expect(configuration.policy.nagMax == 3)
        #expect(configuration.logLevel == .error)
        #expect(configuration.origins["DRUMBEAT_LOG_LEVEL"] == .file(file, line: 4))
    }

    @Test func `without a name the first of the usual files that exists is read, and that is known`() throws {
        let folder = try TemporaryFolder()
        #expect(ConfigurationReader.defaultFiles == ["config/drumbeat.conf", "/etc/drumbeat/drumbeat.conf"])
        let here = try folder.write("here.conf", "DRUMBEAT_NAG_MAX=3\n")
        let unit = try folder.write("unit.conf", "\u{FEFF}DRUMBEAT_NAG_MAX=4\nDRUMBEAT_DUE_SOON=1m\n")
        let missing = folder.path + "/none.conf"
        let first = try read(files: [here, unit]).configuration
        #expect(first.file == here && first.policy.nagMax == 3 && first.policy.dueSoon == .seconds(120))
        let second = try read(files: [missing, unit]).configuration
        #expect(second.file == unit && second.policy.nagMax == 4)
        let named = try read(flags: ["--config", here], files: [unit]).configuration
        #expect(named.file == here && named.policy.nagMax == 3)
        #expect(try read(files: [missing]).configuration.file == nil)
    }

    @Test func `a file that was named must be there and readable`() throws {
        let folder = try TemporaryFolder()
        for path in [folder.path + "/none.conf", folder.path] {
            let message = try #require(fault(flags: ["--config", path]))
            #expect(message.contains(path))
            #expect(message.contains("--config FILE"))
        }
    }

    @Test func `an unknown variable of ours only warns, with a guess; the clients' and others' do not`()
        throws
    {
        let read = try read([
            "DRUMBEAT_LISTEM": "x", "DRUMBEAT_PORT": "80", "DRUMBEAT_QUITE_ANOTHER_THING": "x",
            "DRUMBEAT_URL": "x",
            "DRUMBEAT_TOKEN": "x",
            "PATH": "x", "drumbeat_listen": "x",
        ])
        #expect(read.warnings.count == 3)
        #expect(read.warnings[1].hasPrefix("DRUMBEAT_PORT in the environment is unknown and was ignored."))
        #expect(read.warnings[1].hasSuffix("Did you mean DRUMBEAT_LISTEN?"))
        #expect(read.warnings.first?.contains("DRUMBEAT_LISTEM") == true)
        #expect(read.warnings.first?.contains("Did you mean DRUMBEAT_LISTEN?") == true)
        #expect(read.warnings.last?.contains("Did you mean") == false)
    }

    @Test func `what is no flag of ours comes back, and a flag needs its value`() throws {
        let read = try read(flags: ["check", "--nag-max=3", "--unknown", "x", "--", "-v"])
        #expect(read.rest == ["check", "--unknown", "x", "--", "-v"])
        #expect(fault(flags: ["--nag-max"])?.hasPrefix("--nag-max needs a value") == true)
        #expect(fault(flags: ["--config"])?.hasPrefix("--config needs a value") == true)
        #expect(Setting.all.first { $0.key == "DRUMBEAT_ADMIN_TOKEN_FILE" }?.flag == "--admin-token-file")
    }

    @Test func `a message shows a value in one line, without its control bytes`() throws {
        let message = try #require(
            fault(["DRUMBEAT_NAG_MAX": "1\n\u{1B}[31mred" + String(repeating: "x", count: 500)]))
        #expect(!message.unicodeScalars.contains { $0.value < 0x20 })
        #expect(message.utf8.count < 400)
    }
}
