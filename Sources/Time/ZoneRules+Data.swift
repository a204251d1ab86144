/// Reads the system's zone data, TZif (RFC 8536). Version 1, which ends in 2038, is refused.
extension ZoneRules {
    /// `nil` for malformed data, or a form that no zone of today has.
    public init?(zoneData bytes: [UInt8]) {
        guard let old = Header(bytes[...]), old.version >= 0x32,
            let new = Header(bytes.dropFirst(Header.bytes + old.bodyBytes(timeBytes: 4)))
        else { return nil }
        let start = Header.bytes + old.bodyBytes(timeBytes: 4) + Header.bytes
        let body = bytes.dropFirst(start)
        guard body.count >= new.bodyBytes(timeBytes: 8), new.types >= 1 else { return nil }
        let times = body.prefix(new.times * 8)
        let indexes = body.dropFirst(new.times * 8).prefix(new.times)
        let types = body.dropFirst(new.times * 9).prefix(new.types * 6)
        var offsets: [Int64] = []
        for number in 0..<new.types {
            let offset = Int64(Int32(truncatingIfNeeded: types.bigEndian(at: number * 6, bytes: 4)))
            guard abs(offset) < 26 * 3_600 else { return nil }
            offsets.append(offset)
        }
        var transitions: [Transition] = []
        for (number, index) in indexes.enumerated() {
            let at = Int64(bitPattern: times.bigEndian(at: number * 8, bytes: 8))
            guard Int(index) < offsets.count, transitions.last.map({ $0.at < at }) ?? true else { return nil }
            transitions.append(Transition(at: at, offset: offsets[Int(index)]))
        }
        let footer = body.dropFirst(new.bodyBytes(timeBytes: 8))
        guard footer.count >= 2, footer.first == 0x0A, footer.last == 0x0A else { return nil }
        let text = footer.dropFirst().dropLast()
        let rule = text.isEmpty ? nil : YearlyRule(text)
        guard text.isEmpty == (rule == nil) else { return nil }
        self.init(transitions: transitions, first: offsets[0], rule: rule)
    }

    private struct Header {
        static let bytes = 44

        let version: UInt8
        /// Numbers of items, in the order of the header: UT and standard flags, leap seconds, times, types, bytes of names.
        private let counts: [Int]

        var times: Int { counts[3] }
        var types: Int { counts[4] }

        init?(_ data: ArraySlice<UInt8>) {
            guard data.count >= Header.bytes, data.starts(with: Array("TZif".utf8)) else { return nil }
            version = data[data.startIndex + 4]
            counts = (0..<6).map { Int(data.bigEndian(at: 20 + $0 * 4, bytes: 4)) }
            // Far more than any zone has; sums cannot overflow.
            guard counts.allSatisfy({ $0 <= 100_000 }) else { return nil }
        }

        func bodyBytes(timeBytes: Int) -> Int {
            times * (timeBytes + 1) + types * 6 + counts[5] + counts[2] * (timeBytes + 4) + counts[1]
                + counts[0]
        }
    }
}

extension ArraySlice<UInt8> {
    /// The caller has checked that the bytes are there.
    fileprivate func bigEndian(at offset: Int, bytes: Int) -> UInt64 {
        dropFirst(offset).prefix(bytes).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
