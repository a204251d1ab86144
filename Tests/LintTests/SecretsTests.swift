import Lint
import TestSupport
import Testing

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
