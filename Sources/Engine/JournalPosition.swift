import Synchronization

/// The position up to which the journal is in memory, in every shelf.
public final class JournalPosition: Sendable {
    private let position = Atomic(0)

    public init() {}

    public var value: Int { position.load(ordering: .acquiring) }

    /// Call only after the shelves hold everything committed up to `new`.
    public func advance(to new: Int) {
        position.store(max(new, value), ordering: .releasing)
    }
}
