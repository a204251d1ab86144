import HTTP
import Metrics
import Model
import Synchronization

/// Request metrics for `/metrics`.
///
/// All labels are fixed at startup: routes by their pattern, never by the path, and problems by their slug. A request costs three
/// additions, one clock reading, and no lock.
public final class RequestMeters: Sendable {
    /// In the order of `RouteTable.rows`.
    public let routes: [RouteMeter]
    /// Requests refused by their head alone, by the parser, the server or `admit`; by the problem's slug.
    public let refusals: CounterSet
    /// Requests without a valid token; `limited`: too many wrong tokens from the address.
    public let authenticationFailures = CounterSet(["missing", "wrong", "limited"])
    /// Open event streams.
    public let streams = Gauge()

    init(_ table: RouteTable, problems: [ProblemType]) {
        routes = table.rows.map { RouteMeter($0) }
        refusals = CounterSet(problems.map(\.slug))
    }
}

/// Metrics of one route.
public final class RouteMeter: Sendable {
    /// The counted status codes; all others are counted under 0.
    public static let codes: [Int] = [
        200, 201, 202, 204, 303, 304, 400, 401, 403, 404, 405, 406, 408, 409, 410, 412, 413, 414, 415, 417,
        421,
        422, 423, 429, 431, 500, 501, 503, 504, 505, 0,
    ]

    /// Index of each code: 100…599 less 100.
    private static let places: [UInt8] = (100...599).map { code in
        UInt8(codes.firstIndex(of: code) ?? codes.count - 1)
    }

    public let method: Method
    /// The path, with `{parameters}`.
    public let pattern: String
    private let counts = InlineArray<32, Atomic<Int>> { _ in Atomic<Int>(0) }
    /// From the last byte of the request to the response.
    public let duration = Histogram.ofDurations()

    init(_ route: Route) {
        method = route.method
        pattern = route.pattern
    }

    func count(_ code: Int, nanoseconds: Int64) {
        counts[Int(RouteMeter.places[min(max(code, 100), 599) - 100])].wrappingAdd(1, ordering: .relaxed)
        duration.observe(Int(nanoseconds))
    }

    /// Responses by status code, without zero counts.
    public var totals: [(code: Int, count: Int)] {
        RouteMeter.codes.indices.compactMap { index in
            let count = counts[index].load(ordering: .relaxed)
            return count > 0 ? (RouteMeter.codes[index], count) : nil
        }
    }
}
