import Metrics
import Model
import Synchronization

/// What is counted of requests, for `/metrics`.
///
/// Every label is fixed at the start: routes by their pattern and never by their path, problems by their slug. A request costs three
/// additions and one reading of the clock, and no lock.
public final class RequestMeters: Sendable {
    /// What became of the requests to each route, in the order of `Route.all`.
    public let routes: [RouteMeter] = Route.all.map { _ in RouteMeter() }
    /// What was refused by its head alone: by the parser, by the server, or before a route saw it; by the problem's slug.
    public let refusals = CounterSet(ProblemType.all.map(\.slug))
    /// Requests that needed a token and came without a good one; `limited`: too many wrong ones from that address.
    public let authenticationFailures = CounterSet(["missing", "wrong", "limited"])
    /// Streams of events that are open.
    public let streams = Gauge()

    /// Meters at 0.
    public init() {}
}

/// What became of the requests to one route.
public final class RouteMeter: Sendable {
    /// The status codes that are told apart; what is none of them is counted under 0.
    public static let codes: [Int] = [
        200, 201, 202, 204, 303, 304, 400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 413, 414, 415, 417,
        421,
        422, 423, 429, 431, 500, 501, 503, 505, 0,
    ]

    /// Where a code is counted: 100…599 less 100.
    private static let places: [UInt8] = (100...599).map { code in
        UInt8(codes.firstIndex(of: code) ?? codes.count - 1)
    }

    private let counts = InlineArray<32, Atomic<Int>> { _ in Atomic<Int>(0) }
    /// How long they took, from the last byte of the request to the answer.
    public let duration = Histogram.ofDurations()

    /// Counts one that was answered.
    func count(_ code: Int, nanoseconds: Int64) {
        counts[Int(RouteMeter.places[min(max(code, 100), 599) - 100])].wrappingAdd(1, ordering: .relaxed)
        duration.observe(Int(nanoseconds))
    }

    /// How many were answered with each code, those that never came left out.
    public var totals: [(code: Int, count: Int)] {
        RouteMeter.codes.indices.compactMap { index in
            let count = counts[index].load(ordering: .relaxed)
            return count > 0 ? (RouteMeter.codes[index], count) : nil
        }
    }
}
