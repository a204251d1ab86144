import Journal

/// A signed event; a message of another kind has none.
extension OutboundMessage {
    private var event: SignedEvent? {
        guard case .event(let event) = content else { return nil }
        return event
    }

    package var body: [UInt8] { event?.body ?? [] }
    package var secrets: [String] { event?.secrets ?? [] }
    package var backlog: Int? { event?.backlog }
}
