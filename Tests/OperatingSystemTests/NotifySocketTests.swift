import OperatingSystem
import Testing

/// What is read from the environment; `SupervisorTests` hold it against real sockets.
@Suite struct NotifySocketTests {
    @Test(arguments: [
        "", "@", "/", "run/notify", "vsock:2:1234", "/" + String(repeating: "x", count: 107),
        "@" + String(repeating: "x", count: 107),
    ])
    func `a socket that cannot be addressed is none`(name: String) {
        #expect(NotifySocket(environment: ["NOTIFY_SOCKET": name, "WATCHDOG_USEC": "1000000"]) == nil)
    }

    @Test func `without a socket there is no supervisor, whatever else is set`() {
        #expect(NotifySocket(environment: ["WATCHDOG_USEC": "1000000"]) == nil)
    }

    @Test func `the longest address is taken`() {
        let name = "/" + String(repeating: "x", count: 106)
        #expect(NotifySocket(environment: ["NOTIFY_SOCKET": name]) != nil)
    }

    @Test(
        arguments: [
            (nil, nil, nil), ("60000000", nil, 60_000), ("60000000", "71", 60_000), ("60000000", "72", nil),
            ("60000000", "", nil), ("60000000", "x", nil), ("0", nil, nil), ("-1", nil, nil),
            ("soon", nil, nil),
            ("99999999999999999999", nil, nil),
        ] as [(String?, String?, Int?)])
    func `a watchdog is ours when it has a time and no other process`(
        microseconds: String?, pid: String?, milliseconds: Int?
    ) throws {
        var environment = ["NOTIFY_SOCKET": "@drumbeat-nobody"]
        environment["WATCHDOG_USEC"] = microseconds
        environment["WATCHDOG_PID"] = pid
        let socket = try #require(NotifySocket(environment: environment, pid: 71))
        #expect(socket.watchdog == milliseconds.map { .milliseconds($0) })
    }

    @Test(arguments: ["@drumbeat-nobody-listens-here", "/nowhere/at/all"])
    func `a supervisor that is not there takes nothing, and stops no one`(name: String) throws {
        let socket = try #require(NotifySocket(environment: ["NOTIFY_SOCKET": name]))
        #expect(!socket.send("READY=1"))
    }
}
