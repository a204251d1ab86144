import Testing

@Test func `JSON has a test target`() { #expect(Bool(true)) }
