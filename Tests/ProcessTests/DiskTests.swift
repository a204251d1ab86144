import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// A disk that is full, or that nothing can be written to: the service gets a small one of its own, which only it sees. Source:
    /// faults.md, F4 and F6.
    @Suite(.serialized)
    struct DiskTests {
        private let service: Drumbeat

        init() throws {
            // Never skipped: where nothing may be mounted, these faults are not tested, and that is a failure.
            try #require(Binary.mayMount, "a disk is made with unshare and mount: run the tests as root")
            service = try Drumbeat(["DRUMBEAT_DATABASE": "sqlite:disk/drumbeat.db"])
            try #require(mkdir(service.folder.file("disk"), 0o700) == 0)
        }

        /// The folder as the service sees it.
        private func disk() throws -> String {
            "/proc/\(try #require(service.child).pid)/root\(service.folder.file("disk"))"
        }

        /// Takes all the room there is, and answers with what gives it back.
        private func fill() throws -> () -> Void {
            let file = try disk() + "/filler"
            let descriptor = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            try #require(descriptor >= 0)
            let page = [UInt8](repeating: 1, count: 4_096)
            for _ in 0..<10_000 where write(descriptor, page, page.count) > 0 {}
            try #require(write(descriptor, page, 1) == -1 && errno == ENOSPC)
            close(descriptor)
            return { unlink(file) }
        }

        @Test func `on a full disk writes are refused, reads and streams go on, and it recovers by itself`()
            throws
        {
            try service.start(behind: [
                "unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=4m tmpfs disk && exec \"$@\"", "sh",
            ])
            let caller = try service.caller()
            let incident = try service.declare()
            let path = "/v1/incidents/\(incident)/timeline"
            let listener = EventListener(caller, "/v1/events", until: "the last")
            try #require(becomes { listener.heard.opened == 1 })
            let free = try fill()
            var refused: ClientResponse?
            var stored = 0
            // The log was given room before, and is written to first.
            let text = String(repeating: "x", count: 16_000)
            for number in 1...300 where refused == nil {
                let answer = try #require(
                    caller.post(path, #"{"text": "\#(text)"}"#, key: "k\(number)"), "\(service.log)")
                if answer.status == 201 { stored += 1 } else { refused = answer }
            }
            #expect(refused?.status == 503, "\(refused?.text ?? "never refused")")
            #expect(refused?.slug == "storage-unavailable")
            #expect(refused?.field("retry-after") != nil)
            #expect(caller.get("/v1/incidents/\(incident)")?.status == 200)
            #expect(caller.get(path)?.json?["items"]?.items?.count == stored + 1)
            #expect(caller.get("/readyz")?.status == 503)
            #expect(service.child?.errors.line { $0.contains("store.refusing_writes") } != nil)

            free()
            let key = "k\(stored + 1)"
            #expect(
                becomes { caller.post(path, #"{"text": "\#(text)"}"#, key: key)?.status == 201 },
                "\(service.log)")
            #expect(becomes { caller.get("/readyz")?.status == 200 })
            #expect(caller.post(path, #"{"text": "the last"}"#)?.status == 201)
            let heard = listener.finish()
            #expect(heard.failures.isEmpty, "\(heard.failures)")
            #expect(heard.texts.count == stored + 2)
            let pid = try #require(service.child).pid
            let verified = try Child.run(
                [
                    "nsenter", "-t", "\(pid)", "-m", Binary.path, "verify",
                    service.folder.file("disk/drumbeat.db"),
                ],
                in: "/")
            #expect(verified.ending == .exited(0), "\(verified.errors)")
            #expect(try service.stop() == .exited(0))
        }

        @Test func `on a disk that cannot be written it says so at the start, and leaves the file alone`()
            throws
        {
            try service.start()
            let incident = try service.declare()
            #expect(try service.stop() == .exited(0))
            let run = try Child.run(
                [
                    "unshare", "-m", "sh", "-c",
                    "mount --bind disk disk && mount -o remount,ro,bind disk && exec \"$0\" serve",
                    Binary.path,
                ], in: service.folder.path, service.settings)
            #expect(run.ending == .exited(1), "\(run.errors)")
            #expect(run.errors.contains("disk/drumbeat.db"), "\(run.errors)")
            #expect(
                run.errors.contains("Read-only file system") || run.errors.contains("the mount"),
                "\(run.errors)")
            try service.start()
            #expect(try service.caller().get("/v1/incidents/\(incident)")?.status == 200)
        }
    }

    /// Whether we may make a file system that a child alone sees.
    fileprivate static var mayMount: Bool {
        let run = try? Child.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], in: "/")
        return run?.ending == .exited(0)
    }
}
