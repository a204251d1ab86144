import Model
import Time

/// The checks of an episode, as the resolve gate needs them: the last results of each path (domain.md, section 8).
///
/// Withdrawn checks are removed.
public struct Checks: Sendable, Equatable {
    /// A user flow that someone tried.
    public struct Path: Sendable, Equatable {
        /// The seq of its first check in the episode.
        let seq: Int
        /// As first typed.
        public let name: String
        /// The latest, in order; never empty.
        public fileprivate(set) var results: [Result]

        /// What decides about the path.
        public var last: Result? { results.last }
        fileprivate var isFailed: Bool { last?.passed == false }
    }

    public struct Result: Sendable, Equatable {
        public let seq: Int
        public let passed: Bool
        public internal(set) var at: Timestamp
        /// Whether the watch that ran then was past its middle.
        public let isLate: Bool
    }

    /// Upper bound of the paths. One that passed gives way to a new one, so that no failed one is hidden.
    public static let pathsMax = 50
    /// Upper bound of the results of a path, for later withdrawals.
    static let resultsMax = 20

    public private(set) var paths: [Path] = []
    /// The seq of the entry that began the watch.
    private var since = 0
    /// When the last of the failed checks was recorded that had to give way.
    private var forgottenFailureAt: Timestamp?

    /// The path that compares equal to a text: trimmed, and in any case.
    func path(named name: String) -> Path? {
        let key = name.foldedPath
        return paths.first { $0.name.foldedPath == key }
    }

    /// Whether no further path can be added: all have failed.
    var isFull: Bool { paths.count >= Checks.pathsMax && paths.allSatisfy(\.isFailed) }

    public var failedPaths: [Path] { paths.filter(\.isFailed) }

    /// What decides about each path that was tried since the watch began.
    var sinceWatch: [Result] { paths.compactMap(\.last).filter { $0.seq > since } }

    /// When the last failed check was recorded; `nil` for none.
    var lastFailedAt: Timestamp? {
        let failed = paths.flatMap(\.results).filter { !$0.passed }.map(\.at)
        return (failed + [forgottenFailureAt].compactMap(\.self)).max()
    }

    /// A watch began: earlier checks say nothing about it.
    mutating func countSince(_ seq: Int) { since = seq }

    /// Adds a result to the path that began with the entry `pathSeq`, or begins one.
    mutating func add(_ result: Result, to pathSeq: Int?, named name: String) {
        if let index = paths.firstIndex(where: { $0.seq == pathSeq }) {
            paths[index].results.append(result)
            if paths[index].results.count > Checks.resultsMax {
                forget([paths[index].results.removeFirst()])
            }
            return
        }
        if paths.count >= Checks.pathsMax { makeRoom() }
        paths.append(Path(seq: pathSeq ?? result.seq, name: name, results: [result]))
    }

    /// Removes the path that passed longest ago.
    private mutating func makeRoom() {
        let passed = paths.indices.filter { !paths[$0].isFailed }
        let oldest = passed.min { (paths[$0].last?.seq ?? 0) < (paths[$1].last?.seq ?? 0) }
        forget(paths.remove(at: oldest ?? 0).results)
    }

    private mutating func forget(_ results: [Result]) {
        let failed = results.filter { !$0.passed }.map(\.at) + [forgottenFailureAt].compactMap(\.self)
        forgottenFailureAt = failed.max()
    }

    /// Removes the result of the entry `seq`, if it is one.
    mutating func withdraw(_ seq: Int) {
        for index in paths.indices { paths[index].results.removeAll { $0.seq == seq } }
        paths.removeAll { $0.results.isEmpty }
    }

    mutating func move(by step: ClockStep) {
        for index in paths.indices {
            for result in paths[index].results.indices {
                paths[index].results[result].at = step.past(paths[index].results[result].at)
            }
        }
        forgottenFailureAt = forgottenFailureAt.map(step.past)
    }
}

extension String {
    /// What paths are compared by.
    fileprivate var foldedPath: [UInt8] {
        let isBlank = { (scalar: Unicode.Scalar) in scalar.properties.isWhitespace }
        var scalars = unicodeScalars[...].drop(while: isBlank)
        while let last = scalars.last, isBlank(last) { scalars.removeLast() }
        return String(scalars).foldedKey
    }
}
