extension JSONWriter {
    /// `nil` writes `null`.
    public mutating func member(_ name: StaticString, _ value: String?) {
        self.name(name)
        if let value { string(value) } else { null() }
    }

    /// `nil` writes `null`.
    public mutating func member(_ name: StaticString, _ value: Int?) {
        self.name(name)
        if let value { integer(value) } else { null() }
    }

    /// `nil` writes `null`.
    public mutating func member(_ name: StaticString, _ value: Int64?) {
        self.name(name)
        if let value { integer(value) } else { null() }
    }

    /// `nil` writes `null`.
    public mutating func member(_ name: StaticString, _ value: Bool?) {
        self.name(name)
        if let value { bool(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ values: [String]) {
        self.name(name)
        beginArray()
        for value in values { string(value) }
        endArray()
    }

    public mutating func member(_ name: StaticString, value: JSONValue) {
        self.name(name)
        self.value(value)
    }

    /// Writes a member with an encoded value.
    public mutating func member(_ name: StaticString, raw encoded: [UInt8]) {
        self.name(name)
        raw(encoded)
    }
}
