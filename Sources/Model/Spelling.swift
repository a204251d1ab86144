/// Guesses which known name a misspelt one was meant to be.
public enum Spelling {
    /// Upper bound of the bytes compared, because names come from requests.
    private static let bytesMax = 64

    /// The nearest of the known names, ignoring case, hyphens and underscores; `nil` when none is near.
    public static func nearest(to name: String, among known: [String]) -> String? {
        let given = letters(of: name)
        guard given.count <= bytesMax else { return nil }
        let distances = known.map { known in
            let letters = letters(of: known)
            // One mistake in up to five letters, two in up to eight.
            let most = max(given.count, letters.count) / 3
            guard abs(given.count - letters.count) <= min(3, most) else { return Int.max }
            let distance = distance(given, letters)
            return distance <= min(3, most) ? distance : Int.max
        }
        guard let least = distances.min(), least < Int.max else { return nil }
        return zip(known, distances).first { $0.1 == least }?.0
    }

    private static func letters(of name: String) -> [UInt8] {
        Array(asciiLowercased(name).utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") })
    }

    /// Optimal string alignment: insertions, deletions, substitutions, and swaps of two neighbours.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var rows = [Array(0...right.count)]
        for (i, a) in left.enumerated() {
            var row = [i + 1]
            for (j, b) in right.enumerated() {
                var least = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a == b ? 0 : 1))
                if i > 0, j > 0, a == right[j - 1], left[i - 1] == b {
                    least = min(least, rows[i - 1][j - 1] + 1)
                }
                row.append(least)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
