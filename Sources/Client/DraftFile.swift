import Glibc
import OperatingSystem

/// A file with the draft of a status update, for an editor. Only its user can read it.
public struct DraftFile: Sendable {
    /// More than any text that the service takes.
    private static let bytesMax = 1 << 20

    public let path: String
    private let draft: [UInt8]

    /// Creates the file in `$TMPDIR`, or else in `/tmp`.
    public init(_ draft: String, of incident: String, environment: [String: String]) throws(ClientFault) {
        let folder = environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        var template = Array("\(folder)/drumbeat-\(incident)-XXXXXX.txt".utf8CString)
        self.draft = Array(draft.utf8)
        let descriptor = mkstemps(&template, 4)
        guard descriptor >= 0 else {
            throw ClientFault(
                "No file can be created in \(folder). Set TMPDIR to a folder that can be written.")
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var rest = self.draft[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        let isWritten = close(descriptor) == 0 && rest.isEmpty
        guard isWritten else {
            unlink(path)
            throw ClientFault("The draft cannot be written to \(path). Make room there, or set TMPDIR.")
        }
    }

    /// What the user made of the draft.
    public enum Outcome: Equatable, Sendable {
        case unchanged
        case emptied
        case written(String)
    }

    /// Reads the file as the editor left it.
    public func outcome() throws(ClientFault) -> Outcome {
        let bytes: [UInt8]
        do throws(FileFault) {
            bytes = try Files.read(path, bytesMax: Self.bytesMax)
        } catch {
            throw ClientFault("\(error). Nothing was published.")
        }
        if bytes == draft { return .unchanged }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.allSatisfy(\.isWhitespace) ? .emptied : .written(text)
    }

    public func remove() {
        unlink(path)
    }
}
