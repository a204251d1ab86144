/// Parser of the extensions of one chunk: `*( ";" name [ "=" ( token / quoted-string ) ] )`, without the "bad whitespace" of RFC 9112
/// §7.1.1. Their content is ignored (H20).
struct ChunkExtension: Sendable {
    private enum State: Sendable {
        case start, nameStart, name, valueStart, token, quoted, escaped, quotedEnd
    }

    /// Bytes taken, the first semicolon included.
    private(set) var bytes = 0
    private var state = State.start

    /// Whether the line may end here.
    var mayEnd: Bool { state == .name || state == .token || state == .quotedEnd }

    /// Takes one byte; `false` when it is not allowed here.
    mutating func take(_ byte: UInt8) -> Bool {
        bytes += 1
        guard let next = next(byte) else { return false }
        state = next
        return true
    }

    private func next(_ byte: UInt8) -> State? {
        let isToken = ASCII.isToken(byte)
        let isSemicolon = byte == UInt8(ascii: ";")
        switch state {
        case .start: return isSemicolon ? .nameStart : nil
        case .nameStart: return isToken ? .name : nil
        case .name:
            if byte == UInt8(ascii: "=") { return .valueStart }
            return isToken ? .name : isSemicolon ? .nameStart : nil
        case .valueStart:
            if byte == UInt8(ascii: "\"") { return .quoted }
            return isToken ? .token : nil
        case .token: return isToken ? .token : isSemicolon ? .nameStart : nil
        case .quoted:
            if byte == UInt8(ascii: "\"") { return .quotedEnd }
            if byte == UInt8(ascii: "\\") { return .escaped }
            return ASCII.isLine(byte) ? .quoted : nil
        case .escaped: return ASCII.isLine(byte) ? .quoted : nil
        case .quotedEnd: return isSemicolon ? .nameStart : nil
        }
    }
}
