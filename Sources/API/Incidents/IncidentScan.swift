import Incidents
import Journal
import Model
import Routing

/// The incidents that a filter selects, newest first, each folded: for what no index has, such as labels and words.
///
/// Within a budget, so that a request keeps a reader busy for a bounded time. Blocks on the store.
struct IncidentScan {
    /// Upper bounds of one request.
    struct Budget: Sendable {
        var foldsMax: Int
        /// `nil` for no limit of time.
        var durationMax: Duration?
    }

    /// Scans within a limit of time that are in progress of one token, and in all: a reader is left to other reads.
    static let perTokenMax = 1
    static let inAllMax = 2
    /// Rows of one query.
    private static let pageSize = 200

    private let filter: IncidentFilter
    private let budget: Budget
    private let services: Services
    private let beganNanoseconds: Int64
    private var rows: [IncidentRow] = []
    private var index = 0
    private var isLastPage = false
    private var looked = 0
    private var folds = 0
    /// The number of the last incident that was looked at; another scan goes on before it.
    private(set) var last: Int?

    init(_ filter: IncidentFilter, before: Int?, within budget: Budget, in services: Services) {
        self.filter = filter
        self.budget = budget
        self.services = services
        beganNanoseconds = services.routing.monotonicNanoseconds()
        last = before
    }

    var isSpent: Bool {
        if folds >= budget.foldsMax { return true }
        guard let limit = budget.durationMax else { return false }
        return services.routing.monotonicNanoseconds() - beganNanoseconds >= Int64(limit.nanosecondsToWait)
    }

    /// Whether there are incidents that were not looked at.
    mutating func hasMore() throws -> Bool {
        if index == rows.count, !isLastPage {
            rows = try services.reader.incidents(filter, before: last, limit: IncidentScan.pageSize)
            index = 0
            isLastPage = rows.count < IncidentScan.pageSize
        }
        return index < rows.count
    }

    /// The next incident whose row is wanted; `nil` at the end, or when the budget is spent. A row that is not wanted is not folded, but it
    /// takes time as well.
    mutating func next(where isWanted: (IncidentRow) -> Bool) throws -> IncidentSnapshot? {
        while try hasMore() {
            // Asked before each row. The first is looked at in any case, so that a client that follows `next` gets on.
            guard looked == 0 || !isSpent else { return nil }
            let row = rows[index]
            index += 1
            looked += 1
            last = row.number
            guard isWanted(row) else { continue }
            folds += 1
            if let snapshot = try services.incidentLoader.snapshot(row.number) { return snapshot }
        }
        return nil
    }
}
