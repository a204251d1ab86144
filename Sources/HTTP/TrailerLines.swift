/// Trailer lines after a chunked body: validated like header fields, then discarded, never merged (H22).
struct TrailerLines: Sendable {
    private var line: [UInt8] = []
    private var count = 0
    private var bytes = 0

    /// Takes one byte of a line.
    mutating func take(_ byte: UInt8, _ limits: WireLimits) throws(HTTPError) {
        guard ASCII.isLine(byte) else {
            throw .malformed("A trailer has a control byte or ends with LF alone.", clause: "RFC 9112 §7.1.2")
        }
        bytes += 1
        guard bytes <= limits.trailersBytesMax else { throw .headersTooLarge }
        line.append(byte)
    }

    /// Ends a line at its CRLF; `true` for the empty line that ends the body.
    mutating func endLine(_ limits: WireLimits) throws(HTTPError) -> Bool {
        if line.isEmpty { return true }
        _ = try FieldLine.parse(line.span, 0..<line.count)
        count += 1
        bytes += 2
        guard count <= limits.trailersMax, bytes <= limits.trailersBytesMax else { throw .headersTooLarge }
        line.removeAll(keepingCapacity: true)
        return false
    }
}
