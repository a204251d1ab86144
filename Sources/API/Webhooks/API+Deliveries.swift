import Engine
import HTTP
import Journal
import Routing
import Views

/// The routes of deliveries.
extension DrumbeatAPI {
    func listDeliveries(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["state", "limit", "after"])
        let webhook = try self.webhook(context)
        let state = try query.choice("state", of: Delivery.State.self)
        let limit = try query.limit()
        let before = try query["after"].map { (text) throws(Problem) in
            guard let number = Int(digits: Array(text.utf8)), number > 0 else {
                throw .unknownCursor
            }
            return number
        }
        context.read { [self] in
            let found = try services.reader.deliveries(
                to: webhook.id, state, before: before, limit: limit + 1)
            let attempts = try services.reader.attempts(of: found.prefix(limit).map(\.id))
            let list = Responses.page(
                found, limit: limit, request: context.request, cursor: { String($0.id) }
            ) {
                $0.members(of: $1, attempts[$1.id] ?? [])
            }
            return Responses.tagged(list, for: context)
        }
    }

    func readDelivery(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let id = context.firstParameter
        context.read { [self] in
            guard let delivery = try services.reader.delivery(messageID: id) else {
                throw Problem(.notFound, Delivery.notFound)
            }
            let attempts = try services.reader.attempts(of: [delivery.id])
            let answer = Responses.object { $0.members(of: delivery, attempts[delivery.id] ?? []) }
            return Responses.tagged(answer, for: context)
        }
    }

    func retryDelivery(_ context: RequestContext, author: String?) {
        context.submit(RetryDelivery(context.firstParameter), author: author)
    }
}
