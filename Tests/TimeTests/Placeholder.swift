import Testing

@Test func `Time has a test target`() { #expect(Bool(true)) }
