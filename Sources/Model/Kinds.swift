/// The entry kinds of one aggregate, by name.
public struct Kinds<State: Aggregate>: Sendable {
    private let types: [EntryKind: any EntryPayload<State>.Type]

    /// The kinds in `State.payloads`.
    public init() {
        types = Dictionary(State.payloads.map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })
        precondition(types.count == State.payloads.count, "a kind is listed twice")
    }

    /// The payload type of a kind; `nil` for a kind of a newer version.
    public subscript(kind: EntryKind) -> (any EntryPayload<State>.Type)? { types[kind] }
}
