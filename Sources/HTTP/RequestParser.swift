/// Requests out of bytes: a value without a socket or a clock, which fuzzers and tests feed as a server does.
///
///     var parser = RequestParser(ParserRules(limits: limits))
///     switch parser.advance(bytes, &used) {
///     case .needMore: // everything was used
///     case .head(let head): // judge it, then admit(bodyBytesMax:)
///     case .complete(let body): // the request may run; the next advance begins the next one
///     case .fault(let fault): // answer, close; nothing after the bad bytes is looked at
///     }
///
/// The verdict on a stream of bytes is the same however it is cut. Source: RFC 9112, http-strictness.
public struct RequestParser: Sendable {
    /// What the bytes so far have come to.
    public enum Progress: Sendable {
        /// All bytes were used and the request goes on.
        case needMore
        /// The head is complete.
        case head(Head)
        /// The body is complete, also when there was none.
        case complete([UInt8])
        /// The request is refused, and all that comes after it.
        case fault(HTTPError)
    }

    /// Where in a request the parser stands, which decides what the server waits for.
    public enum Stage: Sendable, Equatable {
        /// Between requests: no byte of the next has come.
        case idle
        /// Within a head.
        case head
        /// Behind a head, or within a body.
        case body
        /// Behind a fault.
        case failed
    }

    /// Where in a request the parser stands.
    public private(set) var stage = Stage.idle

    private let rules: ParserRules
    private var headParser = HeadParser()
    /// The head's bytes of earlier calls. Empty while a head arrives in one piece, which it nearly always does.
    private var kept: [UInt8] = []
    private var framing = BodyFraming.none
    private var isAdmitted = false
    private var decoder = BodyDecoder(framing: .none, bytesMax: 0)
    private var fault: HTTPError?
    /// The last head without a body, and its bytes: who polls says the same again.
    private var last: (head: Head, bytes: [UInt8])?
    /// A longer head is not kept, so that a connection that waits holds little.
    private static let lastBytesMax = 1_024

    /// A parser at the start of a connection.
    public init(_ rules: ParserRules) {
        self.rules = rules
    }

    /// Bytes of the current body taken from the wire so far, chunk sizes included.
    public var bodyBytesTaken: Int { framing == .none ? 0 : decoder.bytesTaken }

    /// Admits a body of at most so many bytes after `.head`; answers the fault of one announced as larger, which
    /// is refused before it is read (H18).
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

    /// Takes bytes of `input` from `used` on, and moves `used` behind what was taken.
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
            // The verdict depends on the bytes alone, and a head ends with its empty line: the same bytes are the same head.
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
        // Taken out of self, so that it is the only owner and append does not copy.
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

/// What a parser goes by: the limits and the hosts, shared by all connections of a server.
public final class ParserRules: Sendable {
    /// How much of anything a request may bring.
    public let limits: WireLimits
    /// The hosts this service answers for; `nil` is any.
    public let hosts: HostList?

    /// Rules with those limits, for those hosts.
    public init(limits: WireLimits = WireLimits(), hosts: HostList? = nil) {
        self.limits = limits
        self.hosts = hosts
    }
}
