import Glibc
import TestSupport
import Testing

extension Binary {
    /// Figures that noise does not touch, so that CI can hold them: what a request costs in system calls, syncs and allocations.
    @Suite(.serialized) struct SteadyTests {
        /// A figure, what it may be at most, and why it is what it is.
        struct Bound: Sendable, CustomStringConvertible {
            let name: String
            /// Above what was measured by a small margin: for the threads that look around each second, and for noise.
            let most: Double
            /// What was seen last, in November 2026.
            let measured: Double
            let why: String

            var description: String { name }
        }

        static let get = Bound(
            name: "system calls of a GET, one after the other on a connection", most: 4, measured: 3.13,
            why:
                "One recv, one send, one epoll_wait: a fourth would be a wake-up or a registration for each request."
        )
        static let notModified = Bound(
            name: "system calls of a 304", most: 4, measured: 3.15,
            why: "As of a GET; what makes the tag must cost none.")
        static let alone = Bound(
            name: "syncs of the log for a post, one writer", most: 1.02, measured: 1.007,
            why:
                "Nothing is acknowledged before its sync, and one transaction needs no second; a checkpoint, at each 4 MiB, needs one."
        )
        static let together = Bound(
            name: "syncs of the log for a post, 16 writers", most: 0.4, measured: 0.19,
            why: "What waits is committed together: the first of sixteen may go alone, the others share.")
        static let getAllocations = Bound(
            name: "allocations of a GET", most: 262, measured: 238,
            why:
                "Of a debug build, which allocates some times more than a release build; a new one for each field shows all the same."
        )
        static let notModifiedAllocations = Bound(
            name: "allocations of a 304", most: 261, measured: 237,
            why: "As of a GET.")
        static let postAllocations = Bound(
            name: "allocations of a post", most: 1_042, measured: 947,
            why: "Parsing, deciding, sealing, binding and answering of a debug build.")

        fileprivate static let count = 304
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat()
        }

        @Test func `a read costs few system calls`() throws {
            let trace = try trace("trace=all") { kept in
                try kept.repeating { try kept.ask("GET", "/v1/incidents/INC-1").status == 200 }
            }
            hold(Self.get, trace.callsOfLoops, of: Self.count)
        }

        @Test func `a read of what has not changed costs no more`() throws {
            var tag = ""
            let trace = try trace("trace=all") { kept in
                tag = try #require(try kept.ask("GET", "/v1/incidents/INC-1").field("etag"))
                try kept.repeating {
                    try kept.ask("GET", "/v1/incidents/INC-1", fields: "If-None-Match: \(tag)\r\n").status
                        == 304
                }
            }
            hold(Self.notModified, trace.callsOfLoops, of: Self.count)
        }

        @Test func `a lone writer pays one sync a post, and no more`() throws {
            let trace = try trace("trace=fdatasync,recvfrom") { kept in
                try kept.repeating { try kept.post() == 201 }
            }
            hold(Self.alone, trace.syncsOfTheLog, of: Self.count)
            #expect(trace.syncsOfTheLog >= Self.count, "a post was acknowledged without a sync of its own")
        }

        @Test func `writers share their syncs`() throws {
            let trace = try trace("trace=fdatasync,recvfrom") { _ in
                let caller = try service.caller()
                let writers = try (0..<16).map { _ in try KeptConnection(caller) }
                defer { for writer in writers { writer.close() } }
                for _ in 0..<(SteadyTests.count / writers.count) {
                    for writer in writers { try writer.sendPost() }
                    for writer in writers { #expect(try writer.read().status == 201) }
                }
            }
            hold(Self.together, trace.syncsOfTheLog, of: Self.count)
        }

        @Test func `a request allocates little`() throws {
            let counter = try AllocationCounter(in: service)
            try service.start()
            _ = try service.declare()
            let kept = try KeptConnection(try service.caller())
            defer { kept.close() }
            let tag = try #require(try kept.ask("GET", "/v1/incidents/INC-1").field("etag"))
            let requests: [(Bound, () throws -> Bool)] = [
                (Self.getAllocations, { try kept.ask("GET", "/v1/incidents/INC-1").status == 200 }),
                (
                    Self.notModifiedAllocations,
                    {
                        try kept.ask("GET", "/v1/incidents/INC-1", fields: "If-None-Match: \(tag)\r\n").status
                            == 304
                    }
                ),
                (Self.postAllocations, { try kept.post() == 201 }),
            ]
            for (bound, request) in requests {
                // Buffers and tables grow to their size first.
                for _ in 0..<20 { #expect(try request()) }
                let before = try counter.read()
                try kept.repeating(request)
                hold(bound, try counter.read() - before, of: Self.count)
            }
        }

        private func hold(_ bound: Bound, _ sum: Int, of count: Int) {
            let figure = Double(sum) / Double(count)
            #expect(figure > 0, "\(bound): nothing was counted")
            #expect(
                figure <= bound.most,
                "\(bound): \(figure), \(bound.most) at most, \(bound.measured) when last measured. \(bound.why)"
            )
        }

        /// The system calls of a service between two requests that mark the beginning and the end of `body`.
        private func trace(
            _ which: String, _ body: (KeptConnection) throws -> Void
        ) throws -> [Substring] {
            let file = service.folder.file("trace")
            try service.start(behind: ["strace", "-D", "-f", "-y", "-s", "32", "-o", file, "-e", which])
            _ = try service.declare()
            let kept = try KeptConnection(try service.caller())
            defer { kept.close() }
            for _ in 0..<20 { _ = try kept.ask("GET", "/v1/incidents/INC-1") }
            #expect(try kept.ask("GET", "/healthz").status == 200)
            try body(kept)
            #expect(try kept.ask("GET", "/readyz").status == 200)
            #expect(try service.stop() == .exited(0))
            let lines = try text(of: file).split(separator: "\n")
            let first = try #require(lines.firstIndex { $0.contains("GET /healthz") })
            let last = try #require(lines.lastIndex { $0.contains("GET /readyz") })
            return Array(lines[first..<last])
        }
    }
}

extension [Substring] {
    /// The system calls of the threads that read requests; the others look around each second, whatever is asked meanwhile.
    fileprivate var callsOfLoops: Int {
        func thread(_ line: Substring) -> Substring { line.prefix { $0 != " " } }
        let loops = Set(lazy.filter { $0.contains(" recvfrom(") }.map(thread))
        return count { loops.contains(thread($0)) && !$0.contains(" resumed>") }
    }

    /// Checkpoints sync the database's file, not the write-ahead log.
    fileprivate var syncsOfTheLog: Int {
        count { $0.contains("fdatasync(") && $0.contains("-wal>") }
    }
}

extension KeptConnection {
    /// Does something as often as the figures are taken over.
    fileprivate func repeating(_ body: () throws -> Bool) throws {
        for _ in 0..<Binary.SteadyTests.count { #expect(try body()) }
    }

    fileprivate func sendPost() throws {
        try send("POST", "/v1/incidents/INC-1/timeline", #"{"text": "we are on it"}"#)
    }

    fileprivate func post() throws -> Int {
        try sendPost()
        return try read().status
    }
}

/// The library that counts the service's allocations, compiled and preloaded, and what it has counted.
private struct AllocationCounter {
    private let file: String

    init(in service: Drumbeat) throws {
        file = try service.folder.write("allocations", String(repeating: "\0", count: 8))
        let library = service.folder.file("allocations.so")
        let source = repository + "/Benchmarks/allocations.c"
        let compiled = try Child.run(
            ["cc", "-O2", "-shared", "-fPIC", "-o", library, source], in: service.folder.path)
        try #require(compiled.ending == .exited(0), "\(compiled.errors)")
        service.settings["LD_PRELOAD"] = library
        service.settings["DRUMBEAT_TEST_ALLOCATIONS"] = file
    }

    func read() throws -> Int {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var count: UInt64 = 0
        try #require(Glibc.read(descriptor, &count, 8) == 8)
        return Int(count)
    }
}
