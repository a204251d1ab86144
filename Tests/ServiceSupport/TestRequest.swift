import Engine
import Incidents
import Journal
import Model
import Time

/// Short notation for a request to the lane of a `TestService`.
package struct TestRequest: Sendable {
    package let make: @Sendable (Shelf<Incident>) -> any WriteRequest

    package init(_ make: @escaping @Sendable (Shelf<Incident>) -> any WriteRequest) {
        self.make = make
    }

    package init(_ request: any WriteRequest) {
        make = { _ in request }
    }

    package static func declare(_ action: Declare) -> TestRequest {
        TestRequest { OpenStream(action, in: $0) }
    }

    package static func change(
        _ name: StreamName, _ action: any Action<Incident>,
        showing shown: PerformAction<Incident>.Shown = .state,
        ifMatch versions: [Validator]? = nil
    ) -> TestRequest {
        TestRequest {
            PerformAction(
                action, on: name, in: $0, showing: shown,
                if: Preconditions(ifMatch: versions.map { .versions($0) }))
        }
    }

    package static func cancelAsDuplicate(
        _ name: StreamName, of other: StreamName, ifMatch versions: [Validator]? = nil
    ) -> TestRequest {
        let cancel = ChangeStatus(
            to: .cancelled, reason: Cancelled.Reason.duplicate.rawValue, duplicateOf: other)
        return .change(name, cancel, ifMatch: versions)
    }

    package static func lookAgain(_ number: Int) -> TestRequest {
        TestRequest { LookAgain(number, in: $0) }
    }

    package static func createToken(_ token: Token) -> TestRequest {
        TestRequest(CreateToken(token, secret: "dbt_secret", isFirst: false))
    }

    package static func revokeToken(_ id: String) -> TestRequest { TestRequest(RevokeToken(id)) }
    package static func createWebhook(_ webhook: Webhook) -> TestRequest {
        TestRequest(CreateWebhook(webhook))
    }
    package static func deleteWebhook(_ id: String) -> TestRequest { TestRequest(DeleteWebhook(id)) }
    package static func testWebhook(_ id: String) -> TestRequest { TestRequest(TestWebhook(id)) }
    package static func retryDelivery(_ id: String) -> TestRequest { TestRequest(RetryDelivery(id)) }
    package static var maintain: TestRequest { TestRequest(Maintain()) }

    package static func rotateSecret(
        webhook: String, to secret: String, overlap: Duration
    ) -> TestRequest {
        TestRequest(RotateSecret(of: webhook, to: secret, overlap: overlap))
    }

    package static func recordAttempt(delivery: Int, _ end: AttemptEnd?) -> TestRequest {
        TestRequest(RecordAttempt(of: delivery, end))
    }

    package static func editWebhook(_ id: String, _ changes: EditWebhook.Changes) -> TestRequest {
        TestRequest(EditWebhook(id, changes))
    }
}
