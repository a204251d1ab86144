/// Writer of Prometheus' text exposition format 0.0.4: metric families, each with its help, type and samples.
///
/// Every line ends with a line feed; samples have no timestamps. Source: prometheus.io, "Exposition formats".
public struct MetricsText: Sendable {
    /// The type of a family.
    public enum Kind: String, Sendable {
        /// Only increases, except that a restart resets it.
        case counter
        case gauge
        case histogram
    }

    /// The page so far.
    public private(set) var bytes: [UInt8] = []

    public init() {
        bytes.reserveCapacity(32_768)
    }

    /// Begins a family, at most once per page and name. Samples belong to the last family begun.
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

    public mutating func sample(_ name: String, labels: [(String, String)] = [], _ value: Int) {
        head(name, labels)
        append("\(value)\n")
    }

    public mutating func sample(_ name: String, labels: [(String, String)] = [], fraction value: Double) {
        head(name, labels)
        append("\(value)\n")
    }

    /// Writes the samples of a histogram: its buckets in ascending order up to `+Inf`, its sum and its count.
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

    /// Escapes backslashes and line feeds, and for a label's value also quotes.
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
