/// One `name=value` of a query, decoded once; a name without `=` has an empty value.
public struct QueryItem: Sendable, Equatable {
    public let name: String
    /// Decoded, with "+" as a space.
    public let value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
