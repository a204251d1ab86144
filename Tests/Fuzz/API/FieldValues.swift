import Encoding
import Engine
import HTTP
import Incidents
import Model

@testable import Routing

/// Values of single fields and names, each with its own parser: tokens, keys, tags, weights, references, encodings.
enum FieldValues {
    @Sendable static func check(_ input: Bytes) {
        let bytes = Array(input)
        let given = text(bytes)
        checkToken(given)
        checkKey(given)
        checkTags(given)
        checkNames(given)
        checkEncodings(given, bytes)
        _ = Accept(given).prefers("text/html", to: "text/plain")
    }

    private static func checkToken(_ given: String) {
        guard TokenSecret.isWellFormed(given) else { return }
        demand(given.utf8.count == 40 && given.hasPrefix("dbt_"), "a token of another shape: \(given)")
        demand(given.utf8.dropFirst(4).allSatisfy(isAlphanumeric), "a token with other letters: \(given)")
    }

    private static func checkKey(_ given: String) {
        guard let key = IdempotencyKey.unquoted(given) else { return }
        demand((1...255).contains(key.count), "a key of \(key.count) bytes")
        demand(key.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a key with odd bytes: \(given)")
        demand(IdempotencyKey.unquoted("\"\(text(key))\"") == key, "quoted, it is another key: \(given)")
    }

    private static func checkTags(_ given: String) {
        let own = EntityTag.strong("1-7")
        if let tags = EntityTag.parseList(given) {
            demand((1...EntityTag.listMax).contains(tags.count), "\(tags.count) tags")
            let isHeld = tags.contains { $0.opaque == Array("1-7".utf8) }
            demand(EntityTag.matches(ifNoneMatch: given, tag: own) == isHeld, "If-None-Match: \(given)")
        } else if given != "*" {
            demand(!EntityTag.matches(ifNoneMatch: given, tag: own), "a malformed list matches: \(given)")
            demand(!EntityTag.matches(ifMatch: given, tag: own), "a malformed list matches: \(given)")
        }
        guard case .versions(let versions)? = ETags.match(given) else { return }
        for version in versions {
            let forms = [ETags.Form.full, .withoutContacts]
            demand(
                forms.contains { EntityTag.matches(ifMatch: given, tag: ETags.tag(version, $0)) },
                "If-Match: \(given)")
        }
    }

    private static func checkNames(_ given: String) {
        if let number = Incident.number(inRef: given) {
            demand(same(Incident.ref(number), given.uppercased()), "\(given) is read as \(number)")
        }
        if let number = Int(digits: Array(given.utf8)) {
            demand(number >= 0 && Int(given) == number, "\(given) is read as \(number)")
        }
        _ = StreamName(incident: given)
        _ = Severity(input: given)
        demand(Person(given) == Person(given), "no one is themselves: \(given)")
    }

    private static func checkEncodings(_ given: String, _ bytes: [UInt8]) {
        demand(Base64.decode(Base64.encode(bytes)) == bytes, "base64 loses \(bytes)")
        demand(Hex.decode(Hex.encode(bytes)) == bytes, "hexadecimal loses \(bytes)")
        if let decoded = Base64.decode(given) {
            let padded =
                given
                + String(
                    repeating: "=", count: given.utf8.contains(0x3D) ? 0 : (4 - given.utf8.count % 4) % 4)
            demand(same(Base64.encode(decoded), padded), "\(given) decodes to \(decoded)")
        }
        if let decoded = Hex.decode(given) {
            demand(same(Hex.encode(decoded), given), "\(given) decodes to \(decoded)")
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
