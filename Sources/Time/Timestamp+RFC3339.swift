extension Timestamp {
    private static let rfc3339Length = 24

    /// The moment in UTC with milliseconds: `2026-01-15T10:17:00.000Z`. Source: RFC 3339 section 5.6.
    ///
    /// Always 24 bytes, so that texts sort like moments. A moment outside the years 0000–9999 is clamped.
    public var rfc3339: String {
        String(unsafeUninitializedCapacity: Self.rfc3339Length) { putRFC3339(into: $0) }
    }

    /// Appends the 24 bytes of `rfc3339`.
    public func appendRFC3339(to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.rfc3339Length) { buffer in
            let count = putRFC3339(into: buffer)
            bytes.append(contentsOf: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private func putRFC3339(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let reading = ClockReading(self)
        var text = TextCursor(buffer)
        text.put(reading.date.year, digits: 4)
        text.put("-")
        text.put(reading.date.month, digits: 2)
        text.put("-")
        text.put(reading.date.day, digits: 2)
        text.put("T")
        text.put(reading.hour, digits: 2)
        text.put(":")
        text.put(reading.minute, digits: 2)
        text.put(":")
        text.put(reading.second, digits: 2)
        text.put(".")
        text.put(reading.millisecond, digits: 3)
        text.put("Z")
        return text.count
    }
}
