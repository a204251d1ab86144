/// A page of metrics in Prometheus' text format 0.0.4: families with their help, then their samples.
///
/// Source: prometheus.io, "Exposition formats". Lines end with a line feed, the last one too; there are no timestamps.
public struct MetricsText: Sendable {
    /// What a family's figures are.
    public enum Kind: String, Sendable {
        /// Only grows, but for a restart.
        case counter
        /// Goes up and down.
        case gauge
        /// Counts values by bounds.
        case histogram
    }

    /// The page so far.
    public private(set) var bytes: [UInt8] = []

    /// An empty page.
    public init() {
        bytes.reserveCapacity(32_768)
    }

    /// Begins a family; each name once a page. All samples up to the next family are its own.
    public mutating func family(_ name: String, _ kind: Kind, help: String) {
        append("# HELP ")
        append(name)
        append(" ")
        escape(help, quotes: false)
        append("\n# TYPE ")
        append(name)
        append(" ")
        append(kind.rawValue)
        append("\n")
    }

    /// Writes a sample with a whole number.
    public mutating func sample(_ name: String, labels: [(String, String)] = [], _ value: Int) {
        head(name, labels)
        append("\(value)\n")
    }

    /// Writes a sample with a fraction.
    public mutating func sample(_ name: String, labels: [(String, String)] = [], fraction value: Double) {
        head(name, labels)
        append("\(value)\n")
    }

    /// Writes the samples of a histogram: its buckets, ascending up to `+Inf`, its sum and its count.
    public mutating func histogram(_ name: String, labels: [(String, String)] = [], _ histogram: Histogram) {
        let snapshot = histogram.snapshot
        let unit = Double(histogram.perUnit)
        for (bound, count) in zip(histogram.bounds, snapshot.cumulative) {
            sample(name + "_bucket", labels: labels + [("le", "\(Double(bound) / unit)")], count)
        }
        sample(name + "_bucket", labels: labels + [("le", "+Inf")], snapshot.count)
        sample(name + "_sum", labels: labels, fraction: Double(snapshot.sum) / unit)
        sample(name + "_count", labels: labels, snapshot.count)
    }

    private mutating func head(_ name: String, _ labels: [(String, String)]) {
        append(name)
        if !labels.isEmpty {
            var mark = "{"
            for (label, value) in labels {
                append(mark)
                append(label)
                append("=\"")
                escape(value, quotes: true)
                append("\"")
                mark = ","
            }
            append("}")
        }
        append(" ")
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// A help text escapes backslashes and line feeds, a label's value quotes as well.
    private mutating func escape(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case 0x5C: append("\\\\")
            case 0x0A: append("\\n")
            case 0x22 where quotes: append("\\\"")
            default: bytes.append(byte)
            }
        }
    }
}
