import Testing

@Test func `Platform has a test target`() { #expect(Bool(true)) }
