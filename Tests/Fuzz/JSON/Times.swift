import Time

/// Times in RFC 3339: an accepted one is equal after it is printed and read again.
enum Moments {
    @Sendable static func check(_ input: Bytes) {
        let bytes = Array(input)
        let fromBytes = try? Timestamp(rfc3339: bytes)
        demand(
            fromBytes == (try? Timestamp(rfc3339: text(bytes))),
            "bytes and text are read as different moments")
        checkPrinting(bytes)
        guard let moment = fromBytes else { return }
        let printed = moment.rfc3339
        demand(
            (try? Timestamp(rfc3339: printed)) == moment, "\(printed) is another moment than \(text(bytes))")
        demand(printed >= "2000" && printed < "2101", "\(printed) lies outside the years that are accepted")
    }

    /// Any number of milliseconds can be printed.
    private static func checkPrinting(_ bytes: [UInt8]) {
        guard bytes.count == 8 else { return }
        let any = Timestamp(milliseconds: bytes.reduce(0) { $0 << 8 | Int64($1) })
        demand(any.rfc3339.utf8.count == 24, "\(any.milliseconds) is printed as \(any.rfc3339)")
        var appended: [UInt8] = []
        any.appendRFC3339(to: &appended)
        demand(same(text(appended), any.rfc3339), "\(text(appended)) is not \(any.rfc3339)")
    }
}

/// Durations of settings: an accepted one is equal after it is printed and read again.
enum Durations {
    @Sendable static func check(_ input: Bytes) {
        guard let duration = DurationText.parse(text(input)) else { return }
        demand(duration >= .zero && duration <= .seconds(3_650 * 86_400), "\(duration) is out of range")
        let printed = DurationText.format(duration)
        demand(DurationText.parse(printed) == duration, "\(printed) is not \(text(input))")
    }
}
