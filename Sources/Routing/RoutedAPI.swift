import Engine
import HTTP
import Journal
import Model

/// What routing asks of the API that it serves, because it knows no capability.
public protocol RoutedAPI: Sendable {
    /// The response to an outcome, as its caller may see it. The same code renders the first answer and each replay.
    func response(to outcome: Outcome, for principal: Principal?) throws -> Response

    /// The outcome of an idempotency record; `nil` when its subject is gone. Throws a `Problem` when it does not exist for the caller any
    /// more. Blocks on the store.
    func outcome(replaying record: IdempotencyRecord, for principal: Principal?) throws -> Outcome?

    /// The JSON of entries, for the `current` of a problem: `{"entries": […]}`. Blocks on the store.
    func entries(of stream: StreamID, seqs: [Int], for principal: Principal?) throws -> [UInt8]

    /// The name of a stream, or that of none if the stream does not exist for the caller.
    func visible(_ name: StreamName, to principal: Principal?) -> StreamName

    /// What to answer instead of a success on a rechecked route, by the first name in its path; `nil` for the success.
    func problem(answering name: String, _ principal: Principal?) -> Problem?

    /// One spelling for each name in a path, for the digest of an idempotency key.
    func canonicalName(_ parameter: String) -> String

    /// The name of a stream in paths; `nil` when the links of a refusal name it themselves.
    func pathName(of stream: StreamID) -> String?

    /// What people look for at a path; `nil` for what has no name. From the path alone: whether it exists is not looked up.
    func subject(ofLink path: [String]) -> LinkSubject?

    /// The events after `id` in a channel; `nil` when there are none. Runs on the loop and must not block.
    func events(of channel: EventChannel, after id: Int) -> EventSlice?
}

/// What a link leads to, for people who open it without a token.
public struct LinkSubject: Sendable {
    /// `incident INC-42`.
    public var name: String
    /// `/v1/incidents/INC-42`.
    public var path: String
    /// The client's commands for it; the first shows it.
    public var commands: [String]

    public init(name: String, path: String, commands: [String]) {
        self.name = name
        self.path = path
        self.commands = commands
    }
}
