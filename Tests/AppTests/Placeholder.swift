import Testing

@Test func `App has a test target`() { #expect(Bool(true)) }
