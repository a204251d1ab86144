import Synchronization
import Testing

@testable import API

/// Test messages and presses that are in progress (docs/limits.md).
struct OpenAttemptsTests {
    private let attempts = OpenAttempts()

    /// Begins attempts that can give way, and returns their ids.
    private func begin(_ owners: [String], _ left: Left = Left()) -> [Int?] {
        owners.map { owner in attempts.begin(owner) { left.add(owner) } }
    }

    /// Who gave way, in order.
    private final class Left: Sendable {
        private let state = Mutex<[String]>([])
        var owners: [String] { state.withLock { $0 } }
        func add(_ owner: String) { state.withLock { $0.append(owner) } }
    }

    @Test func `an owner has two attempts open, and all together eight`() throws {
        let ids = ["a", "a", "a"].map { attempts.begin($0) }
        #expect(ids.map { $0 != nil } == [true, true, false])
        for owner in ["b", "b", "c", "c", "d", "d"] { #expect(attempts.begin(owner) != nil) }
        #expect(attempts.begin("e") == nil, "eight are open, and none can give way")
        attempts.end(try #require(ids[0]))
        let other = try #require(attempts.begin("e"))
        #expect(attempts.begin("a") == nil, "its place is another's now")
        attempts.end(other)
        #expect(attempts.begin("a") != nil)
    }

    @Test func `when all places are taken, the owner with the most gives its oldest to one with less`() throws
    {
        let left = Left()
        let ids = begin(["a", "a", "b", "b", "c", "c", "d", "d"], left)
        #expect(begin(["e", "f"], left).allSatisfy { $0 != nil })
        #expect(left.owners == ["a", "b"])
        #expect(attempts.begin("e") == nil, "with one more it would have as many as others")
        #expect(attempts.begin("a") == nil, "what gave way counts until it ends")
        #expect(!attempts.end(try #require(ids[0])), "it is answered already")
        #expect(attempts.end(try #require(ids[1])))
        #expect(begin(["a"], left) != [nil])
        #expect(left.owners == ["a", "b"])
    }

    @Test func `of owners with one place each none gives way, so eight others can stop a ninth`() {
        let left = Left()
        #expect(begin(["a", "b", "c", "d", "e", "f", "g", "h"], left).allSatisfy { $0 != nil })
        #expect(begin(["i"], left) == [nil])
        #expect(left.owners.isEmpty)
    }

    @Test func `what has given way and what has places stay together below sixteen`() {
        let left = Left()
        for round in 0..<40 { _ = begin(["\(round)", "\(round)"], left) }
        #expect(left.owners.count <= OpenAttempts.inAllMax)
    }
}
