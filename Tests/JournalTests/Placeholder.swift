import Testing

@Test func `Journal has a test target`() { #expect(Bool(true)) }
