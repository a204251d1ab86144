/// A query of a URL.
public struct Query: Equatable, Sendable {
    private static let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)

    /// With its question mark; empty without parameters.
    public let text: String

    /// Parameters without a value are left out. Everything but unreserved characters is percent-encoded (RFC 3986 §2.3).
    public init(_ parameters: (String, String?)...) {
        let pairs = parameters.compactMap { name, value in value.map { "\(name)=\(Self.encoded($0))" } }
        text = pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    private static func encoded(_ value: String) -> String {
        value.utf8.reduce(into: "") { text, byte in
            if plain.contains(byte) {
                text.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                text += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
    }
}
