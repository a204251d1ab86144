import Synchronization

/// Up to which entry the journal is in memory, in every shelf.
public final class JournalPosition: Sendable {
    private let position = Atomic(0)

    public init() {}

    public var value: Int { position.load(ordering: .acquiring) }

    /// Only after the shelves hold what was committed up to there.
    public func advance(to new: Int) {
        position.store(max(new, value), ordering: .releasing)
    }
}
