import Journal
import TestSupport
import Testing
import Time

@testable import Storage

struct TokenStoreTests {
    let folder: TemporaryFolder
    let service: SQLiteStore
    let reader: SQLiteReader
    let tokens: TokenStore

    init() throws {
        folder = try TemporaryFolder()
        service = try SQLiteStore.serving(folder)
        reader = service.reader()
        tokens = try TokenStore.open(path: folder.file("drumbeat.db"), now: noon)
    }

    @Test func `a running service sees a token made beside it, by the revision`() throws {
        let before = try reader.revision()
        #expect(try tokens.insert(Sample.token("tok_a", secret: 1)) == nil)
        #expect(try reader.revision() > before)
        #expect(try reader.tokens() == [Sample.token("tok_a", secret: 1)])
        try service.write { $0.entries = [Sample.entry(1)] }
    }

    @Test func `tokens are listed newest first and revoked once`() throws {
        #expect(try tokens.insert(Sample.token("tok_a", secret: 1)) == nil)
        #expect(try tokens.insert(Sample.token("tok_b", name: "b", secret: 2, at: noon + .seconds(1))) == nil)
        #expect(try tokens.tokens().map(\.id) == ["tok_b", "tok_a"])
        let before = try reader.revision()
        #expect(try tokens.revoke("tok_a", at: noon + .seconds(2)))
        #expect(try reader.revision() > before)
        #expect(try !tokens.revoke("tok_a", at: noon + .seconds(3)))
        #expect(try !tokens.revoke("tok_x", at: noon))
        #expect(try tokens.tokens().map(\.revokedAt) == [nil, noon + .seconds(2)])
    }

    @Test func `a secret is stored once`() throws {
        #expect(try tokens.insert(Sample.token("tok_a", secret: 1)) == nil)
        let fault = #expect(throws: StoreFault.self) {
            _ = try tokens.insert(Sample.token("tok_b", name: "b", secret: 1))
        }
        #expect(fault.map(isConstraint) == true)
        #expect(try tokens.tokens().count == 1)
    }

    @Test func `a name is stored once among the valid tokens`() throws {
        var first = Sample.token("tok_a", secret: 1)
        first.expiresAt = noon + .seconds(60)
        #expect(try tokens.insert(first) == nil)
        let second = Sample.token("tok_b", secret: 2, at: noon + .seconds(59))
        #expect(try tokens.insert(second) == first)
        #expect(try tokens.tokens() == [first])
        let third = Sample.token("tok_c", secret: 3, at: noon + .seconds(60))
        #expect(try tokens.insert(third) == nil)
        #expect(try tokens.tokens() == [third, first])
    }

    @Test func `a use is kept if it is the latest, and no change that others must see`() throws {
        #expect(try tokens.insert(Sample.token("tok_a", secret: 1)) == nil)
        let before = try reader.revision()
        for (seconds, kept) in [(60, 60), (0, 60), (120, 120)] {
            try service.write { $0.usedTokens = [("tok_a", noon + .seconds(seconds)), ("tok_x", noon)] }
            #expect(try reader.tokens().map(\.lastUsedAt) == [noon + .seconds(kept)])
        }
        #expect(try reader.revision() == before)
        try service.write { $0.endedTokens = [("tok_a", noon)] }
        #expect(try reader.tokens().map(\.expiresAt) == [noon])
        #expect(try reader.revision() > before)
    }

    @Test func `every change to tokens and webhooks moves the revision`() throws {
        var last = try reader.revision()
        func moved(_ change: (inout Batch) -> Void) throws -> Bool {
            try service.write(change)
            let now = try reader.revision()
            defer { last = now }
            return now > last
        }
        #expect(try moved { $0.tokens = [Sample.token("tok_a", secret: 1)] })
        #expect(try moved { $0.revokedTokens = [("tok_a", noon)] })
        #expect(try moved { $0.webhooks = [Sample.webhook("whk_a")] })
        #expect(try moved { $0.webhooks = [Sample.webhook("whk_a", events: ["*"])] })
        #expect(try moved { $0.deletedWebhooks = ["whk_a"] })
        #expect(try !moved { $0.entries = [Sample.entry(1)] })
    }
}
