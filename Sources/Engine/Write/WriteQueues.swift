import Threads

/// The pending requests of the lane, in three queues. Within a queue tokens are served in turn, so that no token fills a queue for others.
///
/// The service's own requests (nags, announcements, results of deliveries) have a queue of their own. It has no maximum and refuses
/// nothing, because its length is bounded by what the service does: at most one alarm request per open incident, one result per delivery
/// in flight, one maintenance request. Source: docs/decisions/0010.
struct WriteQueues {
    typealias PendingRequest = WriteLane.PendingRequest

    enum Queue: Sendable {
        case own, urgent, ordinary
    }

    private var own = FairQueue<PendingRequest>()
    private var urgent = FairQueue<PendingRequest>()
    private var ordinary = FairQueue<PendingRequest>()
    /// Whether the last transaction ended before it came to its ordinary requests.
    private var isOrdinaryOwed = false
    /// After this many urgent requests an ordinary one has its turn.
    private static let urgentPerOrdinary = 7

    var count: Int { own.count + urgent.count + ordinary.count }
    var isEmpty: Bool { own.isEmpty && urgent.isEmpty && ordinary.isEmpty }
    /// Requests that are served before ordinary ones.
    var urgentCount: Int { own.count + urgent.count }
    var ordinaryCount: Int { ordinary.count }

    /// The queue of a request: urgent only within the share of its token.
    func queue(for request: PendingRequest) -> Queue {
        guard let token = request.token else { return .own }
        let isUrgent =
            request.isCritical && urgent.count < WriteLane.waitingMax
            && urgent.count(of: token) < WriteLane.urgentPerTokenMax
        return isUrgent ? .urgent : .ordinary
    }

    /// Whether the ordinary queue, or the token's share of it, is full.
    func isOrdinaryFull(for token: String) -> Bool {
        ordinary.count >= WriteLane.waitingMax || ordinary.count(of: token) >= WriteLane.waitingPerTokenMax
    }

    /// How many requests are served before a new ordinary one of that token.
    func ahead(of token: String) -> Int {
        urgentCount + ordinary.ahead(of: token)
    }

    mutating func append(_ request: PendingRequest) {
        let key = request.token ?? ""
        switch request.queue {
        case .own: own.append(request, of: key)
        case .urgent: urgent.append(request, of: key)
        case .ordinary: ordinary.append(request, of: key)
        }
    }

    /// Puts requests back in front of their queues, in their order.
    mutating func putBack(_ requests: ArraySlice<PendingRequest>) {
        if requests.contains(where: { $0.queue == .ordinary }) { isOrdinaryOwed = true }
        for request in requests.reversed() {
            let key = request.token ?? ""
            switch request.queue {
            case .own: own.putBack(request, of: key)
            case .urgent: urgent.putBack(request, of: key)
            case .ordinary: ordinary.putBack(request, of: key)
            }
        }
    }

    /// Removes the requests of the next transaction: the service's own, then urgent ones and, after every seventh, an ordinary one. While
    /// others wait, a quarter is kept from the service's own. A transaction may end early, so ordinary requests that it put back send one
    /// ahead: no queue starves, however long each request takes.
    mutating func take(_ most: Int) -> [PendingRequest] {
        var batch: [PendingRequest] = []
        batch.reserveCapacity(min(most, count))
        if isOrdinaryOwed, let request = ordinary.popFirst() { batch.append(request) }
        isOrdinaryOwed = false
        let ownMax = urgent.isEmpty && ordinary.isEmpty ? most : most - most / 4
        while batch.count < ownMax, let request = own.popFirst() { batch.append(request) }
        var urgentInTurn = 0
        while batch.count < most {
            if urgentInTurn < WriteQueues.urgentPerOrdinary, let request = urgent.popFirst() {
                urgentInTurn += 1
                batch.append(request)
            } else if let request = ordinary.popFirst() ?? urgent.popFirst() ?? own.popFirst() {
                urgentInTurn = 0
                batch.append(request)
            } else {
                break
            }
        }
        return batch
    }

    /// Removes the newest ordinary request of the token that has most of them.
    mutating func takeLastOrdinary() -> PendingRequest? {
        ordinary.popLastOfLongest()
    }
}
