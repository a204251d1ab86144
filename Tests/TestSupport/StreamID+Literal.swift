import Model

/// An incident's stream is its number.
extension StreamID: ExpressibleByIntegerLiteral {
    public init(integerLiteral number: Int) {
        self.init(rawValue: number)
    }
}
