import Testing

@Test func `Process has a test target`() { #expect(Bool(true)) }
