/// Why a command of the client failed, as a person reads it: what happened, then what to do.
public struct ClientFault: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
    /// The refusal of the service, if it answered.
    public let problem: ServiceProblem?

    public init(_ description: String, problem: ServiceProblem? = nil) {
        self.description = description
        self.problem = problem
    }
}

/// A command was called incorrectly.
public struct UsageFault: Error, Equatable, Sendable {
    public let detail: String

    public init(_ detail: String) {
        self.detail = detail
    }
}
