import Journal
import Model

extension WriteTransaction {
    /// The state that a request names. The one door of the lane: what is confidential does not exist for a caller who may not see it,
    /// whatever was decided when the request arrived.
    public mutating func named<State>(_ name: StreamName, in shelf: Shelf<State>) throws(WriteFault)
        -> Snapshot<
            State
        >
    {
        guard let number = try number(of: name, in: shelf),
            let snapshot = try snapshot(number, in: shelf),
            !hidesConfidential || !snapshot.state.isConfidential
        else { throw .refused(State.notFound) }
        return snapshot
    }
}
