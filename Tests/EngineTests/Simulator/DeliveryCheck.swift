import Journal
import Model
import Time

/// Compares the deliveries with the events (I8, S7).
struct DeliveryCheck {
    let events: [JournalCheck.Event]
    let webhooks: [Webhook]

    func run(_ deliveries: [Delivery], _ receivers: Receivers) -> [String] {
        var broken: [String] = []
        for webhook in webhooks {
            let patterns = Simulation.events(of: webhook.id)
            let expected = events.compactMap { event -> String? in
                let wanted = event.types.first { type in
                    patterns.contains { pattern in
                        pattern.hasSuffix("*") ? type.hasPrefix(pattern.dropLast()) : pattern == type
                    }
                }
                return wanted.map { "\($0) \(event.stream.rawValue) \(event.seq)" }
            }
            let made = deliveries.filter { $0.webhook == webhook.id && $0.type != .updateDueSoon }
                .filter { !isReaddressed($0) }.map {
                    "\($0.type.rawValue) \($0.stream?.rawValue ?? 0) \($0.seq ?? 0)"
                }
            // A disabled webhook has all deliveries up to its disabling, and none after.
            let due = webhook.disabledAt == nil ? expected[...] : expected.prefix(made.count)
            if !made.elementsEqual(due) {
                broken.append(
                    "I8: \(webhook.id) has \(made.count) deliveries for \(expected.count) events; first difference: "
                        + (zip(made, due).first { $0 != $1 }.map { "\($0)" } ?? "the number"))
            }
        }
        let announced = deliveries.filter { $0.type == .updateDueSoon }
            .map { "\($0.webhook) \($0.stream?.rawValue ?? 0) \($0.dueAt?.milliseconds ?? 0)" }
        if Set(announced).count != announced.count { broken.append("a deadline was announced twice") }
        if Set(deliveries.map(\.messageID)).count != deliveries.count {
            broken.append("two deliveries share an id")
        }
        for delivery in deliveries {
            switch delivery.state {
            case .pending: broken.append("S7: \(delivery.messageID) has not ended")
            case .delivered:
                if !receivers.got(delivery.messageID) {
                    broken.append("S7: \(delivery.messageID) counts as delivered, and no one got it")
                }
            case .exhausted, .superseded:
                // A dead letter has a reason.
                if delivery.state == .exhausted, delivery.lastError == nil {
                    broken.append("S7: \(delivery.messageID) died without a reason")
                }
            case .cancelled:
                if webhooks.first(where: { $0.id == delivery.webhook })?.disabledAt == nil {
                    broken.append("S7: \(delivery.messageID) was cancelled, and its endpoint is on")
                }
            }
        }
        return broken
    }

    /// A nag that waited when a role changed hands, sent again to today's holder: as of the entry of the role.
    private func isReaddressed(_ delivery: Delivery) -> Bool {
        let event = events.first { $0.stream == delivery.stream && $0.seq == delivery.seq }
        return event?.isOfRole ?? false && delivery.type.retryClass == .nag
    }
}
