import Testing

@testable import HTTPServer

/// Admission decisions that depend on no socket.
struct ConnectionLimiterTests {
    /// A limiter whose places are all taken by one owner.
    private func full(_ number: Int) -> ConnectionLimiter {
        let limiter = ConnectionLimiter(
            .init(
                inAll: number, unauthenticatedPerOrigin: number, burstMilliseconds: 0, waitsPerOwner: number))
        for slot in 0..<number {
            guard case .welcome(let handle) = limiter.enter(nil, at: 0, mustSpare: true) else {
                Issue.record("no place for \(slot)")
                break
            }
            let ref = ConnectionRef(loop: 0, key: ConnectionKey(slot: UInt32(slot), generation: 0))
            _ = limiter.settle(handle, ref)
            _ = limiter.authenticate(handle, as: "greedy", ref, at: 0)
        }
        return limiter
    }

    private func isInPlace(_ arrival: ConnectionLimiter.Arrival) -> Bool {
        if case .inPlace(.some, _) = arrival { true } else { false }
    }

    @Test
    func `in a burst of new connections at most 64 get a place that may end only after a write's response`() {
        let limiter = full(400)
        let arrivals = (0..<65).map { _ in limiter.enter(nil, at: 0, mustSpare: true) }
        #expect(arrivals.prefix(64).allSatisfy(isInPlace))
        #expect(arrivals.last.map(isInPlace) == false)
        #expect(!limiter.reserveEnding(), "those found by their idle time are among the 64")
        limiter.releaseEnding()
        #expect(isInPlace(limiter.enter(nil, at: 0, mustSpare: true)))
        limiter.releaseEnding()
        #expect(limiter.reserveEnding())
        #expect(!isInPlace(limiter.enter(nil, at: 0, mustSpare: true)))
    }
}
