/// Whether what the service asks people for reaches them (domain.md, section 6).
public struct Hearing: Sendable, Equatable {
    public enum State: String, Sendable {
        case ok
        /// No enabled webhook subscribes to it.
        case nobody
        /// Each webhook that subscribes to it failed several times in a row.
        case failing

        /// Of two sets of webhooks together.
        func and(_ other: State) -> State {
            if self == .ok || other == .ok { return .ok }
            return self == .failing || other == .failing ? .failing : .nobody
        }
    }

    /// Of the webhooks for everyone.
    private let everyone: State
    /// Of the webhooks for one person each.
    private let byPerson: [Person: State]

    public init(everyone: State, byPerson: [Person: State]) {
        self.everyone = everyone
        self.byPerson = byPerson
    }

    /// Of all webhooks together.
    public var state: State { byPerson.values.reduce(everyone) { $0.and($1) } }

    /// Of the webhooks that reach a person.
    public func state(of person: Person) -> State {
        everyone.and(byPerson[person] ?? .nobody)
    }
}
