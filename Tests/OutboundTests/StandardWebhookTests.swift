import Encoding
import Glibc
import TestSupport
import Testing
import Time

@testable import Outbound

struct StandardWebhookTests {
    @Test(arguments: [
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330,
            #"{"test": 2432232314}"#, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        ),
        (
            "whsec_aW5jaWRlbnQtc2VydmljZS10ZXN0LXNlY3JldC0zMmI=", "msg_01", 1_768_472_220,
            #"{"type":"incident.update_overdue","timestamp":"2026-01-15T10:17:00Z","data":{"incident_id":"inc_01","overdue_seconds":120}}"#,
            "v1,IM2+LLdP7GfVf3SAMYHWL+8z1qIPg1NZHfRKDEPd47Y="
        ),
    ])
    func `the published vectors are signed as published`(
        secret: String, id: String, timestamp: Int64, body: String, signature: String
    ) throws {
        let secrets = [try StandardWebhook.Secret(secret)]
        #expect(
            StandardWebhook.signature(id: id, timestamp: timestamp, body: Array(body.utf8), secrets: secrets)
                == signature)
    }

    @Test func `two secrets give two signatures`() throws {
        let first = StandardWebhook.newSecret(SeededRandom(seed: 1))
        let second = StandardWebhook.newSecret(SeededRandom(seed: 2))
        func sign(_ secrets: [StandardWebhook.Secret]) -> String {
            StandardWebhook.signature(id: "msg_01", timestamp: 1, body: [1, 2], secrets: secrets)
        }
        #expect(sign([first, second]) == sign([first]) + " " + sign([second]))
        #expect(sign([first]) != sign([second]))
    }

    @Test func `the attempt's moment is given in whole seconds`() throws {
        let headers = StandardWebhook.headers(
            id: "msg_01", sentAt: morning + .milliseconds(999), body: [],
            secrets: [try StandardWebhook.Secret(secret)])
        #expect(headers.contains("webhook-id: msg_01"))
        #expect(headers.contains("webhook-timestamp: 1768472220"))
    }

    @Test(arguments: [24, 25, 32, 64])
    func `a secret has 24 to 64 bytes and may lack its padding`(count: Int) throws {
        let encoded = Base64.encode([UInt8](repeating: 0xA5, count: count))
        let bare = encoded.prefix { $0 != "=" }
        let secret = try StandardWebhook.Secret("whsec_" + encoded)
        #expect(try StandardWebhook.Secret("whsec_" + bare) == secret)
        #expect(secret.reveal() == "whsec_" + encoded)
    }

    @Test func `what is no secret is refused without repeating it`() {
        let short = "whsec_" + Base64.encode([UInt8](repeating: 1, count: 23))
        let long = "whsec_" + Base64.encode([UInt8](repeating: 1, count: 65))
        #expect(throws: StandardWebhook.SecretFault.length(23)) { try StandardWebhook.Secret(short) }
        #expect(throws: StandardWebhook.SecretFault.length(65)) { try StandardWebhook.Secret(long) }
        #expect(throws: StandardWebhook.SecretFault.length(0)) { try StandardWebhook.Secret("whsec_") }
        for text in ["", "whsec", "WHSEC_" + secret.dropFirst(6), "whsk_" + secret.dropFirst(6)] {
            #expect(throws: StandardWebhook.SecretFault.prefix) { try StandardWebhook.Secret(text) }
        }
        for text in [secret + "\n", secret + "=", "whsec_ä", "whsec_" + "-_".padded(40)] {
            #expect(throws: StandardWebhook.SecretFault.base64) { try StandardWebhook.Secret(text) }
        }
    }

    @Test func `a secret shows itself as stars`() throws {
        let secret = try StandardWebhook.Secret(secret)
        var dumped = ""
        dump(secret, to: &dumped)
        #expect("\(secret)" == "***")
        #expect(String(reflecting: [secret]) == "[***]")
        #expect(!dumped.contains("key"))
    }

    @Test func `a new secret has 32 bytes and is new`() throws {
        let secret = StandardWebhook.newSecret(SystemRandom())
        #expect(secret.reveal().utf8.count == 6 + 44)
        #expect(secret != StandardWebhook.newSecret(SystemRandom()))
    }

    @Test func `the standard's own library accepts our signature`() throws {
        let script = """
            import sys
            try:
                from standardwebhooks.webhooks import Webhook, WebhookVerificationError
            except ImportError:
                print("missing")
                sys.exit(0)
            secret, id, timestamp, signature, body = sys.argv[1:]
            headers = {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature}
            Webhook(secret).verify(body, headers)
            try:
                Webhook(secret).verify(body + " ", headers)
                print("accepts anything")
            except WebhookVerificationError:
                print("verified")
            """
        let old = StandardWebhook.newSecret(SystemRandom())
        let new = StandardWebhook.newSecret(SystemRandom())
        // The library looks at the real clock.
        let now = Int64(time(nil))
        let body = #"{"type":"update.overdue","data":{"title":"Größer → 😀"}}"#
        let signature = StandardWebhook.signature(
            id: "msg_7", timestamp: now, body: Array(body.utf8), secrets: [old, new])
        for secret in [old, new] {
            let run = try Child.run(
                [
                    try Python.withPackages(), "-c", script, secret.reveal(), "msg_7", String(now), signature,
                    body,
                ],
                in: "/tmp")
            #expect(run.output == "verified\n", "\(run.errors)")
            #expect(run.ending == .exited(0))
        }
    }
}

extension String {
    fileprivate func padded(_ count: Int) -> String { String(repeating: self, count: count / utf8.count) }
}
