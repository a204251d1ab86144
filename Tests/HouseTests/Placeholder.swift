import Testing

@Test func `House has a test target`() { #expect(Bool(true)) }
