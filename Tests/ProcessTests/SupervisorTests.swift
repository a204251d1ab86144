import Glibc
import TestSupport
import Testing

extension Binary {
    /// What systemd hears from the service. Source: sd_notify(3); faults.md, F37.
    @Suite(.serialized) struct SupervisorTests {
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat()
        }

        /// A supervisor's socket, and the service started beside it.
        private func supervised(abstract: Bool = false, pid: String? = nil) throws -> Supervisor {
            let name = abstract ? "@" + service.folder.path : service.folder.file("notify")
            let supervisor = try Supervisor(name)
            service.settings["NOTIFY_SOCKET"] = name
            service.settings["WATCHDOG_USEC"] = "2000000"
            service.settings["WATCHDOG_PID"] = pid
            try service.start()
            return supervisor
        }

        @Test(arguments: [false, true])
        func `it is told when the service answers, that it lives, and that it ends`(abstract: Bool) throws {
            let supervisor = try supervised(abstract: abstract)
            let ready = try #require(supervisor.next(), "\(service.log)").split(separator: "\n")
            #expect(ready == ["READY=1", "STATUS=Listening on http://\(service.address)"])
            #expect(try service.caller().get("/readyz")?.status == 200)
            for _ in 0..<3 { #expect(supervisor.next() == "WATCHDOG=1") }
            service.child?.signal(SIGTERM)
            let ending = (0..<3).lazy.map { _ in supervisor.next() }.first { $0 != "WATCHDOG=1" }
            #expect(ending??.hasPrefix("STOPPING=1\nSTATUS=") == true, "\(service.log)")
            #expect(service.child?.wait() == .exited(0))
        }

        @Test func `a watchdog of another process gets no beats`() throws {
            let supervisor = try supervised(pid: "1")
            #expect(supervisor.next()?.hasPrefix("READY=1") == true)
            // Were there a first beat, it would have come long before this one's answer.
            #expect(try service.caller().get("/healthz")?.status == 200)
            service.child?.signal(SIGTERM)
            #expect(supervisor.next()?.hasPrefix("STOPPING=1") == true)
        }

        @Test func `the beats stop while the scheduler is stuck, though the service answers, and come back`()
            throws
        {
            let supervisor = try supervised()
            let child = try #require(service.child)
            #expect(supervisor.next()?.hasPrefix("READY=1") == true)
            #expect(supervisor.next() == "WATCHDOG=1")

            let tasks = "/proc/\(child.pid)/task"
            let scheduler = try #require(
                TemporaryFolder.names(in: tasks).first {
                    (try? text(of: "\(tasks)/\($0)/comm")) == "scheduler\n"
                })
            let holder = try Child(
                [
                    "strace", "-p", scheduler, "-o", "/dev/null", "-e", "trace=/^p?poll$", "-e",
                    "inject=/^p?poll$:delay_enter=60000000",
                ], in: service.folder.path)
            // Those that are on their way when the scheduler is caught, and until it has been silent for 2 s.
            let isSilent = (0..<10).contains { _ in supervisor.next(within: .seconds(4)) == nil }
            #expect(isSilent, "it beats on: is ptrace permitted here? \(holder.errors.text)")
            #expect(try service.caller().get("/healthz")?.status == 200)

            holder.signal(SIGTERM)
            #expect(supervisor.next() == "WATCHDOG=1")
            #expect(try service.stop() == .exited(0))
        }

        @Test func `a supervisor's socket that takes nothing is noted, and the service runs`() throws {
            service.settings["NOTIFY_SOCKET"] = service.folder.file("nobody")
            try service.start()
            let warning = service.child?.errors.line { $0.contains(#""event":"supervisor.unreachable""#) }
            #expect(warning?.contains("Type=notify") == true)
            #expect(try service.caller().get("/readyz")?.status == 200)
            #expect(try service.stop() == .exited(0))
        }
    }
}
