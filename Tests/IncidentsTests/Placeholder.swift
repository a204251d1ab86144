import Testing

@Test func `Incidents has a test target`() { #expect(Bool(true)) }
