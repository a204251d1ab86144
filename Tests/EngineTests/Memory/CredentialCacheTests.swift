import Encoding
import Journal
import ServiceSupport
import Storage
import TestSupport
import Testing
import Time

@testable import Engine

struct CredentialCacheTests {
    let time = ManualTime()
    let service: TestService

    init() throws { service = try TestService(time: time) }

    private func token(_ id: String, _ secret: String) -> Token {
        Token(
            id: id, name: id == "tok_1" ? "bot" : id, scope: .post, secretHash: TokenSecret.hash(secret),
            createdAt: service.now,
            revokedAt: nil)
    }

    @Test func `a token is good from its commit to its revocation`() {
        let secret = TokenSecret.make(SeededRandom(seed: 1))
        let authenticator = service.credentials.authenticator
        service.submit(.createToken(token("tok_1", secret)))
        #expect(authenticator.principal(ofSecret: secret) == nil)
        service.takeTurns()
        #expect(authenticator.principal(ofSecret: secret) == Principal.bot)
        service.run(.revokeToken("tok_1"))
        #expect(authenticator.principal(ofSecret: secret) == nil)
        #expect(service.credentials.token("tok_1")?.revokedAt == service.now)
        #expect(service.run(.revokeToken("tok_1")).isNotFound)
        #expect(service.run(.revokeToken("tok_2")).isNotFound)
    }

    @Test func `within one batch a token is made and revoked once`() {
        let secret = TokenSecret.make(SeededRandom(seed: 1))
        let orders: [TestRequest] = [
            .createToken(token("tok_1", secret)), .revokeToken("tok_1"), .revokeToken("tok_1"),
        ]
        let answers = orders.map { service.submit($0) }
        service.takeTurns()
        #expect(answers.map { $0.value?.isNotFound == true } == [false, false, true])
        #expect(service.credentials.authenticator.principal(ofSecret: secret) == nil)
    }

    @Test func `what another process writes is seen at the next look`() throws {
        let secret = TokenSecret.make(SeededRandom(seed: 2))
        #expect(try service.credentials.refresh() == false)
        let beside = try TokenStore.open(path: service.folder.file(), now: service.now)
        #expect(try beside.insert(token("tok_9", secret)) == nil)
        #expect(service.credentials.authenticator.principal(ofSecret: secret) == nil)
        #expect(try service.credentials.refresh())
        #expect(service.credentials.authenticator.principal(ofSecret: secret)?.id == "tok_9")
        #expect(try service.credentials.refresh() == false)
    }

    @Test func `within one batch a webhook is made, used, deleted, and deleted once`() throws {
        let orders: [TestRequest] = [
            .webhook("a"), .testWebhook("a"), .declare(), .deleteWebhook("a"), .deleteWebhook("a"),
            .testWebhook("a"), .note(1, "seen"),
        ]
        let answers = orders.map { service.submit($0) }
        service.takeTurns()
        #expect(
            answers.map { $0.value?.isNotFound == true } == [false, false, false, false, true, true, false])
        #expect(service.credentials.webhooks().isEmpty)
        // The declaration is urgent, so it came before the webhook; the note came after its end.
        let deliveries = try service.store.deliveries()
        #expect(deliveries.map(\.type) == [.webhookTest])
        #expect(deliveries.map(\.state) == [.cancelled])
    }

    @Test func `a change of the lane reads no tokens from the store`() throws {
        let secret = TokenSecret.make(SeededRandom(seed: 5))
        try service.credentials.refresh()
        service.reader.close()
        service.run(.createToken(token("tok_1", secret)))
        #expect(service.credentials.authenticator.principal(ofSecret: secret) == Principal.bot)
        service.run(.webhook("whk_1"))
        #expect(service.credentials.webhook("whk_1") != nil)
        service.run(.revokeToken("tok_1"))
        #expect(service.credentials.authenticator.principal(ofSecret: secret) == nil)
        #expect(!service.credentials.isValid(token: "tok_1", at: service.now))
        #expect(!service.log.events.contains("directory.refresh_failed"))
    }

    @Test func `what the lane applied agrees with what a reload reads`() throws {
        for index in 1...5 {
            service.run(
                .createToken(token("tok_\(index)", TokenSecret.make(SeededRandom(seed: UInt64(index))))))
            service.run(.webhook("whk_\(index)", at: service.now))
            time.advance(by: .seconds(1))
        }
        service.run(.revokeToken("tok_2"))
        service.run(.deleteWebhook("whk_3"))
        let (tokens, webhooks) = (service.credentials.tokens(), service.credentials.webhooks())
        let revision = service.credentials.authenticator.revision
        #expect(try service.credentials.refresh())
        #expect(service.credentials.tokens() == tokens)
        #expect(service.credentials.webhooks() == webhooks)
        #expect(service.credentials.authenticator.revision > revision)
    }

    @Test func `a revoked token is forgotten after ninety days, and a valid one never`() throws {
        service.run(.createToken(token("tok_1", TokenSecret.make(SeededRandom(seed: 1)))))
        service.run(.createToken(token("tok_2", TokenSecret.make(SeededRandom(seed: 2)))))
        service.run(.revokeToken("tok_1"))
        time.advance(by: Maintain.revokedTokenLifetime)
        service.run(.maintain)
        #expect(try service.reader.tokens().count == 2)
        time.advance(by: .milliseconds(1))
        service.run(.maintain)
        #expect(try service.reader.tokens().map(\.id) == ["tok_2"])
        #expect(service.credentials.tokens().map(\.id) == ["tok_2"])
        let batches = service.store.batches.count
        service.run(.maintain)
        #expect(service.store.batches.count == batches)
    }

    @Test func `webhooks are listed newest first`() {
        for index in 1...3 {
            service.run(.webhook("whk_\(index)", at: Timestamp(milliseconds: Int64(index))))
        }
        #expect(service.credentials.webhooks().map(\.id) == ["whk_3", "whk_2", "whk_1"])
        service.run(.deleteWebhook("whk_2"))
        #expect(service.credentials.webhooks().map(\.id) == ["whk_3", "whk_1"])
        #expect(service.credentials.webhook("whk_2") == nil)
    }
}

extension Principal {
    fileprivate static let bot = Principal(
        id: "tok_1", name: "bot", scope: .post, expiresAt: nil, use: TokenUse())
}

struct TokenSecretTests {
    @Test func `a secret has a prefix, thirty digits and their checksum`() throws {
        let random = SeededRandom(seed: 3)
        var seen: Set<String> = []
        for _ in 0..<200 {
            let secret = TokenSecret.make(random)
            #expect(secret.hasPrefix("dbt_") && secret.utf8.count == 40)
            #expect(TokenSecret.isWellFormed(secret))
            #expect(seen.insert(secret).inserted)
        }
    }

    @Test func `any changed digit shows`() {
        let secret = TokenSecret.make(SeededRandom(seed: 4))
        let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for index in 4..<40 {
            var bytes = Array(secret.utf8)
            for digit in digits where digit != Array(secret.utf8)[index] {
                bytes[index] = digit
                #expect(!TokenSecret.isWellFormed(String(decoding: bytes, as: UTF8.self)))
            }
        }
    }

    @Test(arguments: ["", "dbt_", "dbt_x", "DBT_", "dbt_\u{0}", "dbt_é", " "])
    func `another shape is refused`(text: String) {
        #expect(!TokenSecret.isWellFormed(text))
        let secret = TokenSecret.make(SeededRandom(seed: 4))
        #expect(!TokenSecret.isWellFormed(secret + text) || text.isEmpty)
        #expect(Authenticator().principal(ofSecret: secret + text) == nil)
    }

    @Test func `the stored hash is the SHA-256 of the whole secret`() {
        #expect(
            Hex.encode(TokenSecret.hash("abc"))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
