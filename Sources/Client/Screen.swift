import Encoding
import Glibc

/// How the user sees standard output.
public struct Screen: Equatable, Sendable {
    /// Characters of a line, where nothing tells the terminal's width.
    static let usualWidth = 80
    /// What a terminal has at least, as it is taken: below that no line says anything.
    private static let narrowest = 8

    public let isTerminal: Bool
    public let hasColour: Bool
    public let width: Int

    public init(isTerminal: Bool, hasColour: Bool, width: Int) {
        self.isTerminal = isTerminal
        self.hasColour = hasColour
        self.width = width
    }

    /// Standard output now. Colour only on a terminal, and not if `NO_COLOR` has a value (no-color.org).
    public static func current(environment: [String: String]) -> Screen {
        let isTerminal = isatty(1) == 1
        let isPlain = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
        return Screen(
            isTerminal: isTerminal, hasColour: isTerminal && !isPlain,
            width: isTerminal ? terminalWidth ?? usualWidth : usualWidth)
    }

    /// The width of the terminal now; `nil` if it is not known.
    static var terminalWidth: Int? {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return max(narrowest, Int(size.ws_col))
    }

    /// The word of a severity, which says the same without its colour.
    func severity(_ word: String) -> String {
        guard hasColour else { return word }
        let code =
            switch word {
            case "critical": "1;31"
            case "major": "1;33"
            default: "36"
            }
        return "\u{1B}[\(code)m\(word)\u{1B}[0m"
    }
}

extension String {
    /// Columns on a terminal: two for East Asian and most pictures, none for combining characters.
    var columns: Int {
        unicodeScalars.reduce(0) { $0 + $1.columns }
    }

    /// At most that many columns, with an ellipsis if there were more.
    func cut(toColumns columnsMax: Int) -> String {
        guard columns > columnsMax else { return self }
        var used = 1
        var kept = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            used += scalar.columns
            guard used <= columnsMax else { break }
            kept.append(scalar)
        }
        return String(kept) + "…"
    }

    func padded(toColumns count: Int) -> String {
        self + String(repeating: " ", count: max(0, count - columns))
    }
}

extension Unicode.Scalar {
    fileprivate var columns: Int {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
