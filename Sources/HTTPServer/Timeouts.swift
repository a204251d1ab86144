import Glibc

/// The settings' durations in milliseconds.
struct Timeouts: Sendable {
    let firstByte: Int64
    let headers: Int64
    let bodyIdle: Int64
    let bodyBytesPerSecondMin: Int64
    let bodyTotal: Int64
    let handler: Int64
    let writeIdle: Int64
    let keepAlive: Int64
    let lingering: Int64
    let streamKeepAlive: Int64
    /// How often deadlines are checked: a quarter of the shortest, within 10…250 ms.
    let tick: Int64

    init(_ settings: ServerSettings) {
        firstByte = Self.milliseconds(settings.firstByteTimeout)
        headers = Self.milliseconds(settings.headersTimeout)
        bodyIdle = Self.milliseconds(settings.bodyIdleTimeout)
        bodyBytesPerSecondMin = max(1, Int64(settings.bodyBytesPerSecondMin))
        bodyTotal = Self.milliseconds(settings.bodyTimeMax)
        handler = Self.milliseconds(settings.handlerTimeout)
        writeIdle = Self.milliseconds(settings.writeIdleTimeout)
        keepAlive = Self.milliseconds(settings.keepAliveTimeout)
        lingering = Self.milliseconds(settings.lingeringTimeout)
        streamKeepAlive = Self.milliseconds(settings.streamKeepAliveInterval)
        let shortest =
            [
                firstByte, headers, bodyIdle, bodyTotal, handler, writeIdle, keepAlive, lingering,
                streamKeepAlive,
            ].min()
            ?? 1_000
        tick = max(10, min(250, shortest / 4))
    }

    /// A duration in milliseconds, clamped to 0…1 week, so that sums cannot overflow.
    static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = max(.zero, min(duration, .seconds(604_800))).components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }

    /// Milliseconds since some fixed point; never jumps.
    static func monotonic() -> Int64 { monotonicNanoseconds() / 1_000_000 }

    /// Nanoseconds since the same point.
    static func monotonicNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Seconds since 1970-01-01T00:00:00Z, for `Date`.
    static func wallSeconds() -> Int64 { Int64(time(nil)) }
}
