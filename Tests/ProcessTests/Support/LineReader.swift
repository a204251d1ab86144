/// Reads lines from a connection; each wait has the connection's timeout.
final class LineReader {
    private let connection: PlainConnection
    private var rest: [UInt8] = []

    init(_ connection: PlainConnection) {
        self.connection = connection
    }

    /// The next line that matches, without its end; `nil` if the connection ends before.
    func next(where passes: (String) -> Bool = { _ in true }) -> String? {
        while true {
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                var line = rest[..<end]
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                let text = String(decoding: line, as: UTF8.self)
                rest.removeFirst(end + 1)
                if passes(text) { return text }
            }
            guard let more = connection.read() else { return nil }
            rest += more
        }
    }
}
