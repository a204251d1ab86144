import Testing

@Test func `HTTP has a test target`() { #expect(Bool(true)) }
