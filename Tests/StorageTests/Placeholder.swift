import Testing

@Test func `Storage has a test target`() { #expect(Bool(true)) }
