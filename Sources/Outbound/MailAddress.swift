/// Addresses of mail, in the plain form only: letters, digits and a few signs, with no comment, no quotation marks and no display name.
public enum MailAddress {
    private static let bytesMax = 254
    private static let localBytesMax = 64
    private static let labelBytesMax = 63

    /// Why an address cannot be used, as the continuation of it; `nil` when it can. Source: RFC 5321 §4.1.2 (Dot-string) and §4.5.3.1.
    public static func flaw(of address: String) -> String? {
        guard address.utf8.count <= bytesMax else {
            return "is longer than \(bytesMax) bytes: use a shorter one"
        }
        guard address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return "has blanks, control bytes or non-ASCII letters: use the form oncall@example.com"
        }
        let parts = address.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, isLocal(parts[0]), isDomain(parts[1]) else {
            return
                "is not a plain address: use the form oncall@example.com, without a name and quotation marks"
        }
        return nil
    }

    /// The part after the @; `nil` for what is no address.
    static func domain(of address: String) -> String? {
        guard flaw(of: address) == nil else { return nil }
        return address.split(separator: "@").last.map(String.init)
    }

    private static func isLocal(_ bytes: Substring.UTF8View) -> Bool {
        bytes.count <= localBytesMax
            && bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
                atom in
                !atom.isEmpty
                    && atom.allSatisfy { isLetterOrDigit($0) || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
            }
    }

    private static func isDomain(_ bytes: Substring.UTF8View) -> Bool {
        let hyphen = UInt8(ascii: "-")
        return bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
            label in
            (1...labelBytesMax).contains(label.count) && label.first != hyphen && label.last != hyphen
                && label.allSatisfy { isLetterOrDigit($0) || $0 == hyphen }
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
    }
}
