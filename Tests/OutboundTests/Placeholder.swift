import Testing

@Test func `Outbound has a test target`() { #expect(Bool(true)) }
