extension JSONWriter {
    /// Writes a member with a string, or `null`.
    public mutating func member(_ name: StaticString, _ value: String?) {
        self.name(name)
        if let value { string(value) } else { null() }
    }

    /// Writes a member with a whole number, or `null`.
    public mutating func member(_ name: StaticString, _ value: Int?) {
        self.name(name)
        if let value { integer(value) } else { null() }
    }

    /// Writes a member with a whole number, or `null`.
    public mutating func member(_ name: StaticString, _ value: Int64?) {
        self.name(name)
        if let value { integer(value) } else { null() }
    }

    /// Writes a member with `true`, `false` or `null`.
    public mutating func member(_ name: StaticString, _ value: Bool?) {
        self.name(name)
        if let value { bool(value) } else { null() }
    }

    /// Writes a member with an array of strings.
    public mutating func member(_ name: StaticString, _ values: [String]) {
        self.name(name)
        beginArray()
        for value in values { string(value) }
        endArray()
    }

    /// Writes a member with any value.
    public mutating func member(_ name: StaticString, value: JSONValue) {
        self.name(name)
        self.value(value)
    }

    /// Writes a member with one value that is already encoded.
    public mutating func member(_ name: StaticString, raw encoded: [UInt8]) {
        self.name(name)
        raw(encoded)
    }
}
