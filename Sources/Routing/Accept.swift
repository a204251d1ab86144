import HTTP
import Model

/// Content negotiation by `Accept` (RFC 9110 §12.5.1).
public struct Accept {
    private struct MediaRange {
        var type: String
        /// `q` in thousandths.
        var weight: Int
        /// Position in the field; the earlier range wins a tie.
        var place: Int
    }

    private let ranges: [MediaRange]

    public init(_ value: String) {
        ranges = value.utf8.split(separator: 0x2C).enumerated().map { place, part in
            let bare = asciiLowercased(
                String(decoding: part.filter { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self))
            let pieces = bare.split(separator: ";").map(String.init)
            return MediaRange(
                type: pieces.first ?? "", weight: Accept.weight(in: pieces.dropFirst()), place: place)
        }
    }

    /// Whether the first of two types is preferred: by weight, then by specificity, then by position.
    public func prefers(_ type: String, to other: String) -> Bool {
        wish(for: type) > wish(for: other)
    }

    /// The preferred one of some types; the first of them wins a tie, and if none is accepted.
    public func preferred(of types: [String]) -> String? {
        var best: (type: String, wish: (weight: Int, closeness: Int, place: Int))?
        for type in types {
            let wish = wish(for: type)
            if best.map({ wish > $0.wish }) ?? true { best = (type, wish) }
        }
        return best?.type
    }

    /// The most specific range decides, whatever the weight of a wider one.
    private func wish(for type: String) -> (weight: Int, closeness: Int, place: Int) {
        let family = String(type.prefix { $0 != "/" }) + "/*"
        for (closeness, name) in [(2, type), (1, family), (0, "*/*")] {
            guard let range = ranges.first(where: { $0.type == name }) else { continue }
            // A weight of 0 is a refusal, whatever its specificity.
            return range.weight > 0 ? (range.weight, closeness, -range.place) : (0, 0, 0)
        }
        return (0, 0, 0)
    }

    private static func weight(in parameters: ArraySlice<String>) -> Int {
        guard let written = parameters.first(where: { $0.hasPrefix("q=") }) else { return 1_000 }
        let digits = written.utf8.dropFirst(2).filter { $0 != 0x2E }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return 1_000 }
        return min(1_000, zip(digits, [1_000, 100, 10, 1]).reduce(0) { $0 + Int($1.0 - 0x30) * $1.1 })
    }
}

extension Head {
    /// Whether the client is a browser, as `Accept` tells.
    func prefersHTML(to type: String) -> Bool {
        fields["accept"].map { Accept($0).prefers("text/html", to: type) } ?? false
    }
}
