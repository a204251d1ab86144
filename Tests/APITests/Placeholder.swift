import Testing

@Test func `API has a test target`() { #expect(Bool(true)) }
