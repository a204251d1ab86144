/// Incremental request parser: a value without a socket or a clock, so that fuzzers and tests use it as the server does.
///
///     var parser = RequestParser(ParserRules(limits: limits))
///     switch parser.advance(bytes, &used) {
///     case .needMore: // everything was used
///     case .head(let head): // decide, then admit(bodyBytesMax:)
///     case .complete(let body): // the request may run; the next advance begins the next one
///     case .fault(let fault): // respond, close; nothing after the bad bytes is parsed
///     }
///
/// The result for a stream of bytes does not depend on how it is split. Source: RFC 9112, http-strictness.
public struct RequestParser: Sendable {
    public enum Progress: Sendable {
        /// All bytes were used, and the request is incomplete.
        case needMore
        case head(Head)
        /// The body is complete, also when there was none.
        case complete([UInt8])
        /// The request is refused, and so is everything after it.
        case fault(HTTPError)
    }

    /// Position within a request, which determines the server's timeout.
    public enum Stage: Sendable, Equatable {
        /// Between requests: no byte of the next has arrived.
        case idle
        case head
        /// After a head, or within a body.
        case body
        /// After a fault.
        case failed
    }

    public private(set) var stage = Stage.idle

    private let rules: ParserRules
    private var headParser = HeadParser()
    /// Bytes of an incomplete head. Empty while a head arrives in one piece, which is the usual case.
    private var kept: [UInt8] = []
    private var framing = BodyFraming.none
    private var isAdmitted = false
    private var decoder = BodyDecoder(framing: .none, bytesMax: 0)
    private var fault: HTTPError?
    /// The last head without a body, and its bytes: a polling client repeats them.
    private var last: (head: Head, bytes: [UInt8])?
    /// A longer head is not cached, so that an idle connection holds little memory.
    private static let lastBytesMax = 1_024

    public init(_ rules: ParserRules) {
        self.rules = rules
    }

    /// Whether the head that is being parsed, or that was refused, begins with the method HEAD.
    public var asksHead: Bool { headParser.asksHead }

    /// Bytes of the current body taken from the wire so far, chunk framing included.
    public var bodyBytesTaken: Int { framing == .none ? 0 : decoder.bytesTaken }

    /// Admits a body of at most `bodyBytesMax` after `.head`. Returns a fault if the announced length is larger: it is refused before it
    /// is read (H18).
    public mutating func admit(bodyBytesMax: Int) -> HTTPError? {
        guard stage == .body, !isAdmitted else { return fault }
        let bytesMax = max(0, min(bodyBytesMax, rules.limits.bodyBytesMax))
        if case .length(let length) = framing, length > bytesMax {
            return fail(.contentTooLarge(bytesMax: bytesMax))
        }
        isAdmitted = true
        if framing != .none { decoder = BodyDecoder(framing: framing, bytesMax: bytesMax) }
        return nil
    }

    /// Takes bytes of `input` from `used` on, and moves `used` past them.
    ///
    /// A body that was not admitted is read up to `WireLimits.bodyBytesDefault`.
    public mutating func advance(_ input: Span<UInt8>, _ used: inout Int) -> Progress {
        do throws(HTTPError) {
            switch stage {
            case .idle, .head: return try advanceHead(input, &used)
            case .body: return try advanceBody(input, &used)
            case .failed: return .fault(fault ?? .unsendable)
            }
        } catch {
            return .fault(fail(error))
        }
    }

    private mutating func fail(_ fault: HTTPError) -> HTTPError {
        stage = .failed
        kept = []
        last = nil
        decoder = BodyDecoder(framing: .none, bytesMax: 0)
        self.fault = fault
        return fault
    }

    private mutating func advanceHead(_ input: Span<UInt8>, _ used: inout Int) throws(HTTPError) -> Progress {
        guard used < input.count else { return .needMore }
        stage = .head
        let fresh = input.extracting(used..<input.count)
        if kept.isEmpty {
            // The result depends on the bytes only, and a head ends with its empty line: the same bytes give the same head.
            if let last, fresh.begins(with: last.bytes) {
                used += last.bytes.count
                begin(.none)
                return .head(last.head)
            }
            guard let end = try headParser.scan(fresh, rules) else {
                kept = fresh.copy(0..<fresh.count)
                used = input.count
                return .needMore
            }
            used += end
            return .head(try finishHead(fresh.copy(0..<end)))
        }
        // Moved out of self, so that the array is uniquely referenced and append does not copy.
        var bytes: [UInt8] = []
        swap(&bytes, &kept)
        let before = bytes.count
        fresh.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        guard let end = try headParser.scan(bytes.span, rules) else {
            kept = bytes
            used = input.count
            return .needMore
        }
        used += end - before
        bytes.removeLast(bytes.count - end)
        return .head(try finishHead(bytes))
    }

    private mutating func finishHead(_ bytes: [UInt8]) throws(HTTPError) -> Head {
        let head = try headParser.finish(bytes, hosts: rules.hosts)
        headParser = HeadParser()
        let isKept = head.framing == .none && bytes.count <= Self.lastBytesMax
        last = isKept ? (head, bytes) : nil
        begin(head.framing)
        return head
    }

    private mutating func begin(_ framing: BodyFraming) {
        self.framing = framing
        isAdmitted = false
        stage = .body
    }

    private mutating func advanceBody(_ input: Span<UInt8>, _ used: inout Int) throws(HTTPError) -> Progress {
        if !isAdmitted, let fault = admit(bodyBytesMax: rules.limits.bodyBytesDefault) { throw fault }
        guard framing != .none else {
            stage = .idle
            return .complete([])
        }
        guard try decoder.advance(input, &used, rules) else { return .needMore }
        stage = .idle
        return .complete(decoder.takeBody())
    }
}

/// Limits and hosts of a parser, shared by all connections of a server.
public final class ParserRules: Sendable {
    public let limits: WireLimits
    /// Accepted hosts; `nil` for any.
    public let hosts: HostList?

    public init(limits: WireLimits = WireLimits(), hosts: HostList? = nil) {
        self.limits = limits
        self.hosts = hosts
    }
}
