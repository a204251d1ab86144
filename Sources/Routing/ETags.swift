import Encoding
import Engine
import HTTP
import Model

/// Entity tags: opaque to clients; internally a format number, a validator and a form (api.md, "Conventions").
public enum ETags {
    /// Format of the bodies; a golden-file test enforces an increment when bodies change.
    public static let format = 2

    private static let prefix = "\"\(format)-"

    /// A form of what a validator names.
    public enum Form: String, Sendable, CaseIterable {
        case full = ""
        /// What a token below scope `command` is shown. It names the same version as the full one, so that those who may change something
        /// can name its version.
        case withoutContacts = "-masked"
        case brief = "-brief"
        case text = "-text"
        case markdown = "-markdown"
    }

    public static func tag(_ validator: Validator, _ form: Form = .full) -> String {
        // Made for each poll of a list, so by bytes: a quote, the format, at most 19 digits, 8 digits, a form, a quote.
        String(unsafeUninitializedCapacity: 48) { tag in
            var count = 0
            put(prefix, &count, tag)
            put(String(validator.counter), &count, tag)
            put("-", &count, tag)
            put(Hex.encode(validator.hash), &count, tag)
            put(form.rawValue, &count, tag)
            put("\"", &count, tag)
            return count
        }
    }

    private static func put(_ text: String, _ count: inout Int, _ tag: UnsafeMutableBufferPointer<UInt8>) {
        for byte in text.utf8 {
            tag.initializeElement(at: count, to: byte)
            count += 1
        }
    }

    /// Tag of one entry, which changes by an amendment and a redaction.
    public static func entry(
        _ entry: Validator, amendedBy amendment: Validator?, isRedacted: Bool, _ form: Form
    ) -> String {
        let amended = amendment.map { "-\(text($0))" } ?? ""
        return EntityTag.strong(
            "\(format)-\(text(entry))-\(isRedacted ? "redacted" : "entry")\(amended)\(form.rawValue)")
    }

    private static func text(_ validator: Validator) -> String {
        "\(validator.counter)-\(Hex.encode(validator.hash))"
    }

    /// Tag of a body without a counter: its digest.
    public static func body(_ bytes: [UInt8]) -> String {
        EntityTag.strong("\(format)-" + Hex.encode(Array(Digest.sha256(bytes).prefix(12))))
    }

    /// What an `If-Match` or, compared weakly, an `If-None-Match` names; `nil` without the field. Weak, foreign and malformed tags in an
    /// `If-Match` name nothing.
    public static func match(_ value: String?, weakly: Bool = false) -> Preconditions.Match? {
        guard let value else { return nil }
        guard value != "*" else { return .any }
        let tags = (EntityTag.parseList(value) ?? []).filter { weakly || !$0.isWeak }
        return .versions(tags.compactMap { validator(String(decoding: $0.opaque, as: UTF8.self)) })
    }

    /// The validator of a tag of a version; `nil` for other tags.
    private static func validator(_ tag: String) -> Validator? {
        let parts = tag.split(separator: "-", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, let counter = Int(digits: parts[1].utf8),
            let hash = Hex.decode(String(parts[2])), hash.count == 4
        else { return nil }
        let validator = Validator(counter: counter, ofHash: hash)
        // "2-01-…" was never issued, although it parses.
        let isIssued = [Form.full, .withoutContacts].contains { "\"\(tag)\"" == self.tag(validator, $0) }
        return isIssued ? validator : nil
    }
}

extension Int {
    /// Parses one to fifteen ASCII digits without a sign. (`Int("+5")` is 5.)
    public init?(digits: some Collection<UInt8>) {
        guard (1...15).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        self = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
}
