import TestSupport
import Testing

@testable import Lint

/// The detector of secrets. Each fake is put together here, so that no scanner finds one in the repository.
struct SecretsTests {
    private func found(_ text: String) -> [String] {
        SecretScanner.spans(in: Array(text.utf8)).map { LintFinding.words(at: $0, in: text) }
    }

    /// 36 characters that look random.
    private static let random = "Ab12Cd34Ef56" + "Gh78Ij90Kl12" + "Mn34Op56Qr78"

    private static let forms: [String] = [
        "AKI" + "AQX7ZK93MPXTB4WCR", "ASI" + "AQX7ZK93MPXTB4WCR", "gh" + "p_" + random, "gh" + "o_" + random,
        "gh" + "s_" + random, "github" + "_pat_" + random, "glp" + "at-" + "xYz12ABcd34EFgh56IJk",
        "xo" + "xb-1234567890-abcdef",
        "xo" + "xp-1234567890-abcdef", "sk_" + "live_" + "4eC39HqLyjWDarjtT1zdp7dc", "dbt" + "_" + random,
        "whs" + "ec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "AIz" + "aSyA1234567890abcdefghijklmnopqrstu",
        "ey" + "JhbGciOi1.ey" + "JzdWIiOi1.c2lnbmF0dXJl",
    ]

    @Test(arguments: forms)
    func `a known form is found, wherever it stands`(secret: String) {
        #expect(found(secret) == [secret])
        #expect(found("the key (\(secret)), which leaked.") == [secret])
        #expect(found("a\n\(secret)\nb") == [secret])
        #expect(found("https://x.example/?t=\(secret)&u=1").contains(secret))
    }

    @Test func `a private key is found to its end, a public key is none`() {
        let kind = "PRIVATE " + "KEY"
        let key = "-----BEGIN RSA \(kind)-----\nMIIEow\n+/a=\n-----END RSA \(kind)-----"
        #expect(found("x\n\(key)\ny") == [key])
        #expect(found("-----BEGIN \(kind)-----\nMIIE") == ["-----BEGIN \(kind)-----"])
        #expect(found("{\"text\":\"\(key)\"}") == [key], "a key may begin within a run")
        #expect(found("password=hunter2-summer-----BEGIN \(kind)-----").last == "-----BEGIN \(kind)-----")
        #expect(found("-----BEGIN PUBLIC KEY-----\nMIIE") == [])
        #expect(found("-----BEGIN CERTIFICATE-----\nMIIE") == [])
    }

    @Test(arguments: [
        ("postgres://app:s3cret@db.example/x", "app:s3cret"), ("https://u:p@x.example", "u:p"),
        ("password=hunter2-summer", "hunter2-summer"), ("Password: hunter2-summer.", "hunter2-summer"),
        ("DB_PASSWORD=hunter2-summer", "hunter2-summer"),
        ("{\"token\": \"hunter2-summer\"}", "hunter2-summer"),
        ("api_key = hunter2-summer", "hunter2-summer"), ("apiKey: hunter2-summer", "hunter2-summer"),
        ("secret:hunter2-summer,", "hunter2-summer"), ("the key: hunter2-summer", "hunter2-summer"),
    ])
    func `a value after its name is found`(text: String, secret: String) {
        #expect(found(text) == [secret])
    }

    @Test(arguments: [
        "q7Zk93mPxTb4WcRy82Lh5N", "0123456789abcdef0123456789abcdef",
        "deadbeef01deadbeef02deadbeef03deadbeef04",
    ])
    func `a long random piece is found`(piece: String) {
        #expect(found("it was \(piece), now gone") == [piece])
        #expect(found("https://x.example/\(piece)/y") == [piece])
    }

    @Test(arguments: [
        "550e8400-e29b-41d4-a716-446655440000", "token: 550e8400-e29b-41d4-a716-446655440000",
        "arn:aws:iam::123456789012:role/a1b2c3d4e5f6a7b8c9d0",
        "secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-Ab12Cd",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "password: <your password 1>",
        "password=$DB_PASSWORD1", "password=${DB_PASSWORD1}", "token: …12345678", "token: xxxxxxxx",
        "key: ********",
        "postgres://app:<password>@db.example", "postgres://app:$PASSWORD@db.example",
        "postgres://db.example:5432/app",
        "the monkey: banana-2024", "keyword: banana-2024", "password: secret",
        "the token was replaced at 10:02",
        "01KF0Q2XG00000000000000000", "a-very-long-name-of-a-service-2-in-eu-west-1",
        "2026-01-15T10:03:00.000Z",
        "AntidisestablishmentarianismIsNoSecret",
        "https://status.example/incidents/2026/01/15/login-problems",
        "key: https://docs.example/keys/1", "gh" + "p_xxxxxxxxxxxxxxxxxxxxxxxx", "AKIA",
        "1234567890123456789012345678",
    ])
    func `what is no secret passes`(text: String) {
        #expect(found(text) == [])
    }

    @Test func `most random keys are found`() {
        var generator = SeededGenerator(seed: 1)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        let keys = (0..<1_000).map { _ in
            String((0..<32).map { _ in letters[Int(generator.next() % UInt64(letters.count))] })
        }
        #expect(keys.count { !found($0).isEmpty } >= 950)
    }

    /// Whether the scanner finds something when it looks without hints.
    private func findsUnhinted(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { !SecretScanner.allSpans(in: $0, countMax: 1).isEmpty }
    }

    private func hasHint(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { SecretScanner.mayFind(in: $0) }
    }

    @Test func `nothing is found without a hint`() {
        let pieces =
            SecretsTests.forms + [
                "xo" + "xb-", "gh" + "p_", "ey" + "J", ".", "AKI" + "A", "whs" + "ec_", "sk_" + "live_",
                "glp" + "at-",
                "-----BEGIN ", "KEY-----", "-----", "-----END ", "://", "@", "a:b", "/", ":", "=", " ", "\"",
                "\\", "\n", "*",
                "pass" + "word", "passwd", "api", "Key", "key", "TOKEN", "secret", "monkey", "hunter2-",
                "summer1", "x", "…",
                "Ab12", "q7Zk93", "0f", "-", "_", "+", "é", "arn:", "sha256:", "we are on it", "12345678",
            ]
        var generator = SeededGenerator(seed: 7)
        var (found, hinted) = (0, 0)
        for _ in 0..<6_000 {
            var text: [UInt8] = []
            for _ in 0..<1 + generator.next() % 6 {
                var piece = Array(pieces[Int(generator.next() % UInt64(pieces.count))].utf8)
                if generator.next() % 4 == 0 { piece = Array(piece.prefix(Int(generator.next() % 24))) }
                text += piece
            }
            let finds = findsUnhinted(text)
            if finds { found += 1 }
            if hasHint(text) { hinted += 1 }
            #expect(hasHint(text) || !finds, "\(String(decoding: text, as: UTF8.self))")
        }
        #expect(found > 600 && hinted < 5_800, "\(found) found, \(hinted) hinted")
    }

    @Test(arguments: [
        "we are on it", #"{"text":"Restarted the WAL sender at 10:02 -- all 3 replicas follow (see #412)."}"#,
        "see https://status.example/incidents/2026/01/15", "the monkey: banana", "text: a = b",
        "2026-01-15T10:03:00.000Z",
        "-----AEGIN", "----BEGIN", "-----\n", "glpath-", "wholesec_", "rk_alive_", "eyj", "a://b/c@d",
        "a://b?c@d", "a://b c@d",
        "1234567890123456789", "",
    ])
    func `most texts have no hint`(text: String) {
        #expect(!hasHint(Array(text.utf8)))
    }

    @Test(arguments: [
        "xo" + "xb-", "glp" + "at-", "whs" + "ec_", "sk_" + "live_", "rk_" + "live_", "ey" + "J", "-----B",
        "a\\", "://a:b@",
        "password=", "Passwd :", "API_KEY\" :", "apikey=", "accessKEY:", "privatekey:", "sshkey:", "Token:",
        "secret\"=", "key=",
        "12345678901234567890", "Ab-_+=Ab-_+=Ab-_+=AZ",
    ])
    func `a hint is seen at the end of a text`(text: String) {
        #expect(hasHint(Array(text.utf8)))
        #expect(!hasHint(Array(text.utf8.dropLast())), "and not before")
    }

    @Test func `any text ends quickly with ascending spans`() {
        for piece in [
            "key=", "eyJ-", "://a:", "-----BEGIN KEY\n", "xoxb-", "a1b2c3d4e5f6g7", "token: ", "sk_live_x1",
            ":", "\"=\"",
        ] {
            let text = String(repeating: piece, count: 262_144 / piece.utf8.count)
            let spans = SecretScanner.spans(in: Array(text.utf8))
            #expect(spans.count <= SecretScanner.countMax)
            #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
        }
    }
}
