import Client
import Glibc
import OperatingSystem

/// The text that a user pipes in.
enum StandardInput {
    /// More than any text that the service takes: 65,536 characters.
    private static let bytesMax = 1 << 20

    /// All of it, without one line end at its end.
    static func read() throws(ClientFault) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(0, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ClientFault("Standard input cannot be read.") }
            if count == 0 { break }
            bytes += chunk.prefix(count)
            guard bytes.count <= bytesMax else {
                throw ClientFault("The text on standard input is too long: at most 65,536 characters.")
            }
        }
        return text(bytes)
    }

    /// The same of a file.
    static func read(file: String) throws(ClientFault) -> String {
        do throws(FileFault) {
            return text(try Files.read(file, bytesMax: bytesMax))
        } catch {
            throw ClientFault("\(error). --file must name a text of at most 65,536 characters.")
        }
    }

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.last == 0x0A ? bytes.dropLast() : bytes[...], as: UTF8.self)
    }
}
