/// Decodes a body framed by its length or by chunks. Source: RFC 9112 §6.2 and §7.1, H18…H22.
struct BodyDecoder: Sendable {
    private enum State: Sendable {
        /// Data of a known length: the whole body or a chunk.
        case data
        case chunkSize
        case chunkExtension
        case chunkSizeLineFeed
        case chunkDataReturn
        case chunkDataLineFeed
        case trailerLine
        case trailerLineFeed
        case done
    }

    /// Bytes taken from the wire so far, chunk framing included.
    private(set) var bytesTaken = 0

    private let bytesMax: Int
    private let isChunked: Bool
    private var state: State
    private var body: [UInt8] = []
    /// Bytes left of the body or of the chunk.
    private var remaining = 0

    private var size = 0
    private var sizeDigits = 0
    private var chunks = 0
    private var chunkExtension = ChunkExtension()
    private var extensionBytes = 0
    private var trailers = TrailerLines()

    /// Upper bound of the digits of a chunk size (H19).
    private static let sizeDigitsMax = 8
    /// Upper bound of the memory reserved in advance: announcing a large body costs its sender nothing.
    private static let reservedBytesMax = 65_536

    init(framing: BodyFraming, bytesMax: Int) {
        self.bytesMax = bytesMax
        switch framing {
        case .none:
            isChunked = false
            state = .done
        case .length(let length):
            isChunked = false
            state = .data
            remaining = length
            body.reserveCapacity(min(length, Self.reservedBytesMax))
        case .chunked:
            isChunked = true
            state = .chunkSize
        }
    }

    /// Moves the decoded body out of the decoder.
    mutating func takeBody() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &body)
        return taken
    }

    /// Takes bytes of `input` from `used` on; `true` when the body is complete.
    mutating func advance(
        _ input: Span<UInt8>, _ used: inout Int, _ rules: ParserRules
    ) throws(HTTPError) -> Bool {
        let start = used
        defer { bytesTaken += used - start }
        while state != .done {
            guard used < input.count else { return false }
            if state == .data {
                takeData(input, &used)
            } else {
                let byte = input[used]
                used += 1
                try take(byte, rules)
            }
        }
        return true
    }

    private mutating func takeData(_ input: Span<UInt8>, _ used: inout Int) {
        let taken = min(remaining, input.count - used)
        input.extracting(used..<used + taken).withUnsafeBufferPointer { body.append(contentsOf: $0) }
        used += taken
        remaining -= taken
        if remaining == 0 { state = isChunked ? .chunkDataReturn : .done }
    }

    private mutating func take(_ byte: UInt8, _ rules: ParserRules) throws(HTTPError) {
        switch state {
        case .chunkSize: try takeSize(byte, rules)
        case .chunkExtension:
            if byte == ASCII.carriageReturn, chunkExtension.mayEnd {
                state = .chunkSizeLineFeed
            } else {
                try takeExtension(byte, rules)
            }
        case .chunkSizeLineFeed:
            try expect(byte, ASCII.lineFeed)
            try beginChunk(rules)
        case .chunkDataReturn:
            try expect(byte, ASCII.carriageReturn)
            state = .chunkDataLineFeed
        case .chunkDataLineFeed:
            try expect(byte, ASCII.lineFeed)
            size = 0
            sizeDigits = 0
            chunkExtension = ChunkExtension()
            state = .chunkSize
        case .trailerLine:
            if byte == ASCII.carriageReturn {
                state = .trailerLineFeed
            } else {
                try trailers.take(byte, rules.limits)
            }
        case .trailerLineFeed:
            try expect(byte, ASCII.lineFeed)
            state = try trailers.endLine(rules.limits) ? .done : .trailerLine
        case .data, .done: break
        }
    }

    private func expect(_ byte: UInt8, _ wanted: UInt8) throws(HTTPError) {
        guard byte == wanted else {
            throw .malformed("A chunk does not end with CRLF.", clause: "RFC 9112 §7.1")
        }
    }

    private mutating func takeSize(_ byte: UInt8, _ rules: ParserRules) throws(HTTPError) {
        if let digit = ASCII.hexadecimal(byte), sizeDigits < Self.sizeDigitsMax {
            size = size << 4 | Int(digit)
            sizeDigits += 1
        } else if byte == ASCII.carriageReturn, sizeDigits > 0 {
            state = .chunkSizeLineFeed
        } else if byte == UInt8(ascii: ";"), sizeDigits > 0 {
            state = .chunkExtension
            try takeExtension(byte, rules)
        } else {
            throw .malformed("A chunk size is not 1 to 8 hexadecimal digits.", clause: "RFC 9112 §7.1")
        }
    }

    private mutating func takeExtension(_ byte: UInt8, _ rules: ParserRules) throws(HTTPError) {
        extensionBytes += 1
        guard chunkExtension.take(byte), chunkExtension.bytes <= rules.limits.chunkExtensionBytesMax,
            extensionBytes <= rules.limits.chunkExtensionsBytesMax
        else { throw .malformed("A chunk extension is malformed or too long.", clause: "RFC 9112 §7.1.1") }
    }

    private mutating func beginChunk(_ rules: ParserRules) throws(HTTPError) {
        guard size > 0 else {
            state = .trailerLine
            return
        }
        chunks += 1
        let total = body.count + size
        guard total <= bytesMax else { throw .contentTooLarge(bytesMax: bytesMax) }
        guard chunks <= rules.limits.chunksMax,
            chunks <= rules.limits.chunksBeforeAverage || total / chunks >= rules.limits.chunkAverageBytesMin
        else { throw .malformed("The body has too many chunks.", clause: "RFC 9112 §7.1") }
        remaining = size
        state = .data
    }
}

/// Trailer lines after a chunked body: validated like header fields, then discarded, never merged (H22).
struct TrailerLines: Sendable {
    private var line: [UInt8] = []
    private var count = 0
    private var bytes = 0

    /// Takes one byte of a line.
    mutating func take(_ byte: UInt8, _ limits: WireLimits) throws(HTTPError) {
        guard ASCII.isLine(byte) else {
            throw .malformed(
                "A trailer has a control byte or ends with LF without CR.", clause: "RFC 9112 §7.1.2")
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
