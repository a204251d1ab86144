/// One `name=value` of a query, decoded once; a name without `=` has an empty value.
public struct QueryItem: Sendable, Equatable {
    /// The decoded name.
    public let name: String
    /// The decoded value; "+" was a space.
    public let value: String

    /// An item from decoded text.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
