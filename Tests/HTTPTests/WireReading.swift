import HTTP

/// A parser being fed as a connection feeds it, and what was read so far, each outcome as one line of text.
struct WireReading {
    private var parser: RequestParser
    private var read: [(line: String, names: [[UInt8]])] = []
    private var head: Head?
    private var isRefused = false
    private var isClosed = false
    private(set) var bytesFed = 0
    private(set) var refusedAt: Int?

    init() { parser = RequestParser(WireRules()) }

    /// What was read, and whether more must come.
    var outcomes: [String] {
        let isPending = !isRefused && !isClosed && (head != nil || parser.stage != .idle)
        return read.map(\.line) + (isPending ? ["incomplete"] : [])
    }

    /// One request as a line. `names` are all fields, where the corpus tells them.
    static func line(_ request: [UInt8], fields: Int, names: [[UInt8]]?, body: [UInt8]) -> String {
        // A long body by its length and a digest (FNV-1a), so that failures stay readable.
        var digest: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in body { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let all = names.map { " \($0)" } ?? ""
        return "\(String(decoding: request, as: UTF8.self)) \(fields) \(body.count) \(digest)\(all)"
    }

    mutating func feed(_ piece: ArraySlice<UInt8>, withNames: [Bool]) {
        let bytes = Array(piece)
        var used = 0
        bytesFed += bytes.count
        while !isRefused {
            if isClosed {
                // Nothing behind `Connection: close` is looked at (H26).
                if used < bytes.count, read.last?.line != "closed" { read.append(("closed", [])) }
                return
            }
            switch parser.advance(bytes.span, &used) {
            case .needMore: return
            case .head(let head): self.head = head
            case .complete(let body):
                guard let head else { return }
                let request =
                    "\(head.method.rawValue) \(head.target.raw) HTTP/1.\(head.isHTTP10 ? 0 : 1)"
                let index = read.count
                let names = head.fields.lines
                let asked = withNames.indices.contains(index) && withNames[index]
                read.append(
                    (
                        Self.line(
                            Array(request.utf8), fields: head.fields.count, names: asked ? names : nil,
                            body: body), names
                    ))
                isClosed = !head.keepsAlive
                self.head = nil
            case .fault(let fault):
                read.append(("\(fault.status.code) \(fault.slug) \(fault.clause)", []))
                refusedAt = bytesFed - 1
                isRefused = true
            }
        }
    }
}

extension Fields {
    /// Each line as "name: value", in bytes.
    fileprivate var lines: [[UInt8]] {
        all.map { Array($0.name.utf8) + Array(": ".utf8) + Array(bytesOf($0.name)) }
    }

    private func bytesOf(_ name: String) -> ArraySlice<UInt8> {
        switch name {
        case "host": bytes("host") ?? []
        case "x": bytes("x") ?? []
        case "transfer-encoding": bytes("transfer-encoding") ?? []
        default: []
        }
    }
}
