import Glibc
import TestSupport

/// A listening socket whose queue is full: it answers no further connection, as a host behind a firewall does.
final class FullListener: Sendable {
    let port: UInt16
    private let descriptors: [Int32]

    init() throws {
        let (listener, port) = try Loopback.listen()
        self.port = port
        guard listen(listener, 0) == 0, let first = Loopback.connect(to: port) else {
            close(listener)
            throw TestFault("cannot fill the queue of a listening socket")
        }
        descriptors = [listener, first]
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
