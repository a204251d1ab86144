/// Says which representation of a state, a list or a timeline is meant (RFC 9110 §8.8): the one as of an entry.
///
/// The counter alone does not: a new database counts from 1, and a restored one counts again what was counted before.
public struct Validator: Sendable, Equatable {
    /// A version, a seq or a position.
    public var counter: Int
    /// The start of the hash of the entry with that counter; zero before the first entry.
    public var hash: UInt32

    public init(counter: Int, hash: UInt32) {
        self.counter = counter
        self.hash = hash
    }

    /// `hash` is the whole hash of the entry, or `nil` before the first.
    public init(counter: Int, ofHash hash: [UInt8]?) {
        self.init(counter: counter, hash: (hash ?? []).prefix(4).reduce(0) { $0 << 8 | UInt32($1) })
    }
}
