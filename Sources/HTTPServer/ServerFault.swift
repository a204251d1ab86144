/// Why a server could not listen.
public struct ServerFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The address as configured.
    public let address: String
    /// The system's error number; 0 when the address could not be parsed.
    public let errno: Int32
    /// What happened and what to do, in one sentence.
    public let description: String

    init(address: String, errno: Int32, description: String) {
        self.address = address
        self.errno = errno
        self.description = description
    }
}
