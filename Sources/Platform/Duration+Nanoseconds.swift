extension Duration {
    /// Longer waits than ten years are cut, as Dispatch's times overflow after 146.
    private static let longestWait = Duration.seconds(10 * 365 * 86_400)

    /// Whole nanoseconds to wait: never negative, at most ten years.
    var nanoseconds: Int {
        let (seconds, attoseconds) = min(max(self, .zero), Self.longestWait).components
        return Int(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
