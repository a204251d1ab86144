/// Why a server could not begin to listen.
public struct ServerFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The address as it was given.
    public let address: String
    /// The system's error number, or 0 when the address could not be read.
    public let errno: Int32
    /// One sentence: what happened and what to do.
    public let description: String

    init(address: String, errno: Int32, description: String) {
        self.address = address
        self.errno = errno
        self.description = description
    }
}
