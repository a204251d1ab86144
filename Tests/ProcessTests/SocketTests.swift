import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// A listening socket that someone else holds, over the environment of sd_listen_fds(3). Source: faults.md, F20.
    @Suite(.serialized) struct SocketTests {
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat()
        }

        private func started(_ log: Collected) -> [JSONValue] {
            log.lines.filter { $0.contains(#""event":"service.started""#) }
                .compactMap { try? JSONReader.read(Array($0.utf8)) }
        }

        @Test func `who connects while no one runs waits in the supervisor's socket`() throws {
            let holder = try SocketHolder("named", for: service)
            holder.child.write("start\n")
            let line = try #require(
                holder.child.errors.line { $0.contains(#""event":"service.started""#) },
                "\(holder.child.errors.text)")
            let address = try #require(JSONReader.read(Array(line.utf8))["address"]?.text)
            let caller = try #require(Caller(address, token: nil))
            holder.child.write("stop\n")
            try #require(holder.child.output.line { $0 == "ended 0" } != nil)
            let connection = try #require(PlainConnection(port: caller.port))
            defer { connection.close() }
            #expect(connection.write(caller.head("GET", "/healthz", nil)))
            holder.child.write("start\n")
            #expect(connection.answer()?.status == 200)
            holder.child.closeInput()
            // It ends the service first.
            #expect(holder.child.wait() == .exited(0))
        }

        @Test(arguments: ["http", "drumbeat.socket", "metrics:http"])
        func `systemd's own hand gives it the socket, and who has called it waits for its start`(
            names: String
        )
            throws
        {
            let ports = try names.split(separator: ":").map { _ in try Receiver.accepting() }.map(\.port)
            let port = try #require(ports.last)
            let child = try Child(
                ["systemd-socket-activate", "--fdname=\(names)"] + ports.map { "--listen=127.0.0.1:\($0)" }
                    + service.settings.map { "--setenv=\($0.key)=\($0.value)" } + [
                        "--setenv=PATH", "--setenv=LD_LIBRARY_PATH", Binary.path, "serve",
                    ], in: service.folder.path)
            try #require(child.errors.line { $0.contains("Listening on 127.0.0.1:\(port)") } != nil)
            let caller = try #require(Caller("127.0.0.1:\(port)", token: nil))
            #expect(caller.get("/healthz")?.status == 200, "\(child.errors.text)")
            try #require(becomes { started(child.errors).count == 1 })
            #expect(started(child.errors).first?["socket"]?.text == "inherited")
            child.signal(SIGUSR2)
            try #require(becomes { started(child.errors).count == 2 }, "\(child.errors.text)")
            #expect(started(child.errors).last?["socket"]?.text == "handed_over")
            #expect(caller.get("/readyz")?.status == 200)
            child.signal(SIGTERM)
            #expect(child.wait() == .exited(0))
        }

        @Test(arguments: [
            ("file", "is not a socket"), ("datagram", "ListenStream="),
            ("unix", "ListenStream=127.0.0.1:8080"),
            ("bound", "Accept=no"), ("two", "FileDescriptorName=http"),
        ])
        func `a socket that cannot be used ends the start with what to do`(kind: String, advice: String)
            throws
        {
            let holder = try SocketHolder(kind, for: service)
            holder.child.write("start\nwait\n")
            #expect(holder.child.output.line { $0.hasPrefix("ended") } == "ended 78")
            // The two streams are read by two threads.
            #expect(becomes { holder.child.errors.text.contains(advice) }, "\(holder.child.errors.text)")
            holder.child.closeInput()
        }
    }
}
