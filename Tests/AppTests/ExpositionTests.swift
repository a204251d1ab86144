import Metrics
import TestSupport
import Testing
import Time

@testable import App

struct ExpositionTests {
    @Test func `however often it is asked, a page is made once a second at most`() {
        let time = ManualTime()
        let made = Metrics.Counter()
        let exposition = Exposition()
        #expect(exposition.page().isEmpty, "no one is connected yet")
        exposition.connect(monotonic: { time.monotonic() }) {
            made.add()
            return Array("page \(made.total)".utf8)
        }
        for _ in 0..<10_000 { #expect(exposition.page() == Array("page 1".utf8)) }
        time.advance(by: .milliseconds(999))
        #expect(exposition.page() == Array("page 1".utf8))
        time.advance(by: .milliseconds(1))
        #expect(exposition.page() == Array("page 2".utf8))
        #expect(made.total == 2)
    }

    @Test func `every family has a name by the rules, a help in one line, and stands once`() {
        let names = MetricFamily.all.map(\.name)
        #expect(Set(names).count == names.count)
        for family in MetricFamily.all {
            #expect(family.name.wholeMatch(of: #/(?:drumbeat|process)_[a-z_]+/#) != nil, "\(family.name)")
            #expect(family.name.hasSuffix("_total") == (family.kind == .counter), "\(family.name)")
            #expect(family.help.hasSuffix(".") && !family.help.contains("\n"), "\(family.name)")
        }
    }
}
