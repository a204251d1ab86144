import Encoding
import Engine
import HTTP

/// Entity tags: opaque to clients; a format number and a counter internally (api.md, "Conventions").
public enum ETags {
    /// Format of the bodies; a golden-file test enforces an increment when bodies change.
    public static let format = 1

    /// Tag of what changes with a counter: the version of a state, the position of a list's last change, the last seq of a timeline.
    public static func counter(_ counter: Int) -> String {
        EntityTag.strong("\(format)-\(counter)")
    }

    /// Tag of another form of what changes with a counter.
    public static func counter(_ counter: Int, form: String) -> String {
        EntityTag.strong("\(format)-\(counter)-\(form)")
    }

    /// Tag of a body without a counter: its digest.
    public static func body(_ bytes: [UInt8]) -> String {
        EntityTag.strong("\(format)-" + Hex.encode(Array(Digest.sha256(bytes).prefix(12))))
    }

    /// The versions accepted by an `If-Match`: `nil` for any; none for weak, foreign or malformed tags, which match nothing.
    public static func versions(ifMatch value: String?) -> [Int]? {
        guard case .versions(let versions)? = match(value) else { return nil }
        return versions
    }

    /// What an `If-Match` or, compared weakly, an `If-None-Match` names; `nil` without the field.
    static func match(_ value: String?, weakly: Bool = false) -> Preconditions.Match? {
        guard let value else { return nil }
        guard value != "*" else { return .any }
        let prefix = Array("\(format)-".utf8)
        let versions = (EntityTag.parseList(value) ?? []).compactMap { tag -> Int? in
            guard weakly || !tag.isWeak, tag.opaque.starts(with: prefix) else { return nil }
            var digits = tag.opaque.dropFirst(prefix.count)
            // The form without contacts names the same version.
            if digits.suffix(5).elementsEqual("-post".utf8) { digits = digits.dropLast(5) }
            // Tags are opaque: "1-01" was never issued, although it parses as a version.
            return digits.first == 0x30 ? nil : Int(digits: digits)
        }
        return .versions(versions)
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
