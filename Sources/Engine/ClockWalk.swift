/// A walk over the open states that follow a clock which was set back: slices, one at a time in the lane.
struct ClockWalk: Sendable {
    struct Slice: Sendable, Equatable {
        /// Which walk it belongs to.
        var walk: Int
        var numbers: [Int]
        var isFirst = false
        var isLast = false
    }

    private var walk = 0
    /// The last one is the next.
    private var slices: [Slice] = []
    private var isUnderWay = false

    /// Begins another walk, with slices of at most `sliceMax`; at least one.
    mutating func begin(over numbers: [Int], _ sliceMax: Int) {
        walk += 1
        isUnderWay = false
        slices = []
        var rest = numbers[...]
        repeat {
            slices.append(Slice(walk: walk, numbers: Array(rest.prefix(sliceMax))))
            rest = rest.dropFirst(sliceMax)
        } while !rest.isEmpty
        slices.reverse()
        slices[slices.count - 1].isFirst = true
        slices[0].isLast = true
    }

    /// The next slice; `nil` while one is in the lane, or when none is left.
    mutating func next() -> Slice? {
        guard !isUnderWay, let slice = slices.popLast() else { return nil }
        isUnderWay = true
        return slice
    }

    mutating func done(_ slice: Slice) {
        if slice.walk == walk { isUnderWay = false }
    }

    /// A slice that the store refused comes again. Of one that cannot be written each state comes alone, once.
    mutating func failed(_ slice: Slice, isFaulty: Bool) {
        guard slice.walk == walk else { return }
        isUnderWay = false
        guard isFaulty else { return slices.append(slice) }
        var again = slice.numbers.count > 1 ? slice.numbers.map { Slice(walk: walk, numbers: [$0]) } : []
        if again.isEmpty, slice.isFirst || slice.isLast { again = [Slice(walk: walk, numbers: [])] }
        guard !again.isEmpty else { return }
        again[0].isFirst = slice.isFirst
        again[again.count - 1].isLast = slice.isLast
        slices += again.reversed()
    }
}
