import Glibc
import Testing

@testable import OperatingSystem

/// What a supervisor, or the program before, hands over. `RestartTests` hold it against real processes. Source: sd_listen_fds(3).
@Suite(.serialized) struct InheritedSocketsTests {
    /// Descriptors that follow each other, where no other test has any.
    private final class HandedOver {
        static let first: Int32 = 600
        private let count: Int32

        /// Puts each descriptor there and closes the one that was given; `-1` leaves a hole.
        init(_ descriptors: Int32...) throws {
            count = Int32(descriptors.count)
            for (index, descriptor) in descriptors.enumerated() where descriptor >= 0 {
                try #require(dup2(descriptor, Self.first + Int32(index)) >= 0)
                close(descriptor)
            }
        }

        deinit {
            for descriptor in Self.first..<(Self.first + count) { close(descriptor) }
        }
    }

    private static func stream(_ family: Int32 = AF_INET, listens: Bool = true) throws -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        // Without an address one is picked: on every interface for IP, an abstract name for AF_UNIX.
        if family == AF_UNIX {
            var name = sockaddr_un()
            name.sun_family = sa_family_t(AF_UNIX)
            let bound = withUnsafePointer(to: name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sa_family_t>.size))
                }
            }
            try #require(bound == 0)
        }
        if listens { try #require(listen(descriptor, 1) == 0) }
        return descriptor
    }

    private static func datagram() -> Int32 { socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0) }

    private static func file() -> Int32 { open("/dev/null", O_RDWR) }

    private func take(_ fds: String?, pid: String? = "71", names: String? = nil, handover: String? = nil)
        throws(InheritedSockets.Fault) -> InheritedSockets?
    {
        var environment = ["PATH": "/bin"]
        environment["LISTEN_PID"] = pid
        environment["LISTEN_FDS"] = fds
        environment["LISTEN_FDNAMES"] = names
        environment["DRUMBEAT_HANDOVER"] = handover
        return try InheritedSockets.take(environment: environment, pid: 71, first: HandedOver.first)
    }

    /// The message of what is refused.
    private func refusal(_ fds: String, names: String? = nil) -> String {
        do {
            let taken = try take(fds, names: names)
            return "taken: \(String(describing: taken))"
        } catch {
            return error.description
        }
    }

    private func isClosedOnExec(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFD) == FD_CLOEXEC }

    @Test(
        arguments: [
            (nil, nil), ("1", nil), (nil, "71"), ("1", "72"), ("1", ""), ("1", "x"), ("1", "99999999999"),
            ("0", "71"),
        ] as [(String?, String?)])
    func `what is meant for no one or for another process is left alone`(fds: String?, pid: String?) throws {
        let handed = try HandedOver(Self.stream())
        defer { _ = handed }
        #expect(try take(fds, pid: pid) == nil)
        #expect(!isClosedOnExec(HandedOver.first))
    }

    @Test(arguments: [AF_INET, AF_INET6])
    func `a listening socket is taken, nonblocking, and no child inherits it`(family: Int32) throws {
        let handed = try HandedOver(Self.stream(family))
        defer { _ = handed }
        let taken = try #require(try take("1"))
        #expect(
            taken
                == InheritedSockets(
                    listening: HandedOver.first, origin: .supervisor, connections: [], strangers: [],
                    handedOverNanoseconds: nil))
        #expect(fcntl(taken.listening, F_GETFL) & O_NONBLOCK != 0)
        #expect(isClosedOnExec(taken.listening))
    }

    @Test func `the variables are taken out of the environment, whomever they are for`() throws {
        let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "DRUMBEAT_HANDOVER"]
        for variable in variables { setenv(variable, "1", 1) }
        #expect(try take("1", pid: "72") == nil)
        for variable in variables { #expect(getenv(variable) == nil, "\(variable)") }
    }

    @Test(arguments: ["", "x", "-1", "1025", "1 ", "0x1", "1.0", "99999999999999999999"])
    func `a number that cannot be one of sockets is refused with what to write`(fds: String) {
        let said = refusal(fds)
        #expect(said.hasPrefix("LISTEN_FDS=\(fds): must be"), "\(said)")
    }

    @Test func `what does not fit says what is wrong with it and what to do`() throws {
        let cases: [(Int32, String, String)] = [
            (-1, "is not a socket", "LISTEN_FDS"),
            (Self.file(), "is not a socket", "LISTEN_FDS"),
            (Self.datagram(), "is not a stream socket", "ListenStream="),
            (try Self.stream(AF_UNIX), "has no address and port", "ListenStream=127.0.0.1:8080"),
            (try Self.stream(listens: false), "not a listening socket", "Accept=no"),
        ]
        for (descriptor, wrong, advice) in cases {
            let handed = try HandedOver(descriptor)
            defer { _ = handed }
            let said = refusal("1")
            #expect(said.contains("Descriptor \(HandedOver.first)"), "\(said)")
            #expect(said.contains(wrong) && said.contains(advice), "\(said)")
        }
    }

    @Test func `of several the one with the name http is taken, and the others stay open for no one`() throws
    {
        let handed = try HandedOver(Self.datagram(), Self.stream(), Self.file())
        defer { _ = handed }
        let taken = try #require(try take("3", names: "metrics:http:log"))
        #expect(taken.listening == HandedOver.first + 1)
        for descriptor in HandedOver.first..<(HandedOver.first + 3) { #expect(isClosedOnExec(descriptor)) }
    }

    @Test(
        arguments: [
            (nil, 0), ("", 0), ("a:b", 0), ("HTTP:b", 0), ("a:b:http", 0), ("http:http", 2),
            ("https:http ", 0),
        ] as [(String?, Int)])
    func `of several without exactly one name http none is taken`(names: String?, fitting: Int) throws {
        let handed = try HandedOver(Self.stream(), Self.stream())
        defer { _ = handed }
        let said = refusal("2", names: names)
        #expect(
            said.hasPrefix("2 sockets were passed, and \(fitting) of them have the name http"), "\(said)"
        )
        #expect(said.contains("FileDescriptorName=http"))
    }

    @Test func `a single one is taken by whatever name`() throws {
        let handed = try HandedOver(Self.stream())
        defer { _ = handed }
        #expect(try take("1", names: "drumbeat.socket")?.listening == HandedOver.first)
    }

    @Test(arguments: [InheritedSockets.Origin.itself, .supervisor])
    func `a program reads from the one before whose socket it is, since when, and what stays open`(
        origin: InheritedSockets.Origin
    ) throws {
        let listening = try Self.stream()
        let (here, there) = try Self.pair()
        defer { close(there) }
        let handed = try HandedOver(listening, here, Self.stream(), Self.file(), -1)
        defer { _ = handed }
        let first = HandedOver.first
        let said = InheritedSockets.RestartRecord(
            origin: origin, nanoseconds: 1_234_567_890_123,
            connections: [first + 1, first + 2, first + 3, first + 4], strangers: [first + 1])
        let taken = try #require(try take("1", names: "http", handover: said.text))
        #expect(taken.listening == first)
        #expect(taken.origin == origin)
        #expect(taken.handedOverNanoseconds == 1_234_567_890_123)
        // Neither what listens, nor a file, nor what is not there is a connection.
        #expect(taken.connections == [first + 1])
        #expect(taken.strangers == [first + 1])
        #expect(isClosedOnExec(first + 1))
    }

    @Test(arguments: ["", "itself", "itself soon", "nobody 1 600", "1 itself", "\u{661}", "itself 1.5"])
    func `what no program before has said is not believed`(text: String) throws {
        let handed = try HandedOver(Self.stream())
        defer { _ = handed }
        let taken = try #require(try take("1", handover: text))
        #expect(taken.origin == .supervisor)
        #expect(taken.handedOverNanoseconds == nil)
        #expect(taken.connections == [])
    }

    @Test func `as many connections as may be parked fit into one variable`() {
        let most = (0..<ReplacementProgram.connectionsMax).map { Int32($0) + 1_000_000 }
        let said = InheritedSockets.RestartRecord(
            origin: .supervisor, nanoseconds: .max, connections: Array(most.prefix(12_000)),
            strangers: Set(most))
        #expect(InheritedSockets.RestartRecord(said.text)?.connections.count == 12_000)
        // MAX_ARG_STRLEN of the kernel, the name and the end included.
        #expect("DRUMBEAT_HANDOVER=\(said.text)".utf8.count < 131_072)
    }

    /// A connection to ourselves, both ends.
    private static func pair() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        return (ends[0], ends[1])
    }
}
