import Testing

@Test func `HTTPServer has a test target`() { #expect(Bool(true)) }
