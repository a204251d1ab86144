import Testing

@Test func `Coordination has a test target`() { #expect(Bool(true)) }
