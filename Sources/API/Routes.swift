import HTTP
import Journal

/// Everything the service answers to: the route table.
///
/// A route without a declared access does not exist, so nothing is open by accident (security.md, "Authentication and authorisation").
public struct Route: Sendable {
    /// Who may call it.
    public enum Access: Sendable, Equatable {
        /// Everybody, without a token.
        case open
        /// A token with that scope or a wider one.
        case scope(Scope)
    }

    /// The method.
    public let method: Method
    /// The path, with `{parameters}`.
    public let pattern: String
    /// Who may call it.
    public let access: Access
    let operation: Operation
    /// Its place in `all`, by which it is counted.
    var index = 0

    init(_ method: Method, _ pattern: String, _ access: Access, _ operation: Operation) {
        self.method = method
        self.pattern = pattern
        self.access = access
        self.operation = operation
    }

    /// The routes, in the order of api.md.
    public static let all: [Route] = [
        // Incidents.
        Route(.post, "/v1/incidents", .scope(.command), .declare),
        Route(.get, "/v1/incidents", .scope(.read), .listIncidents),
        Route(.get, "/v1/incidents/{ref}", .scope(.read), .readIncident),
        Route(.patch, "/v1/incidents/{ref}", .scope(.command), .editIncident),
        Route(.put, "/v1/incidents/{ref}/severity", .scope(.command), .raiseSeverity),
        Route(.post, "/v1/incidents/{ref}/severity/disputes", .scope(.post), .disputeSeverity),
        Route(.put, "/v1/incidents/{ref}/status", .scope(.command), .changeStatus),
        Route(.put, "/v1/incidents/{ref}/roles/{role}", .scope(.command), .assignRole),
        Route(.delete, "/v1/incidents/{ref}/roles/{role}", .scope(.command), .releaseRole),
        Route(.get, "/v1/incidents/{ref}/timeline", .scope(.read), .readTimeline),
        Route(.post, "/v1/incidents/{ref}/timeline", .scope(.post), .postEntry),
        Route(.get, "/v1/incidents/{ref}/timeline/{seq}", .scope(.read), .readEntry),
        Route(.get, "/v1/incidents/{ref}/events", .scope(.read), .followIncident),
        Route(.get, "/v1/events", .scope(.read), .followAll),

        // The beat.
        Route(.get, "/v1/incidents/{ref}/cadence", .scope(.read), .readCadence),
        Route(.patch, "/v1/incidents/{ref}/cadence", .scope(.command), .changeCadence),
        Route(.post, "/v1/incidents/{ref}/cadence/snoozes", .scope(.post), .snooze),
        Route(.get, "/v1/incidents/{ref}/status-updates/draft", .scope(.read), .readDraft),
        Route(.get, "/v1/incidents/{ref}/status-updates", .scope(.read), .listUpdates),
        Route(.post, "/v1/incidents/{ref}/status-updates", .scope(.post), .publishUpdate),
        Route(.post, "/v1/incidents/{ref}/escalations", .scope(.command), .escalate),
        Route(.get, "/v1/templates", .scope(.read), .listTemplates),
        Route(.get, "/v1/templates/{name}", .scope(.read), .readTemplate),

        // Around it.
        Route(.post, "/v1/webhooks", .scope(.admin), .createWebhook),
        Route(.get, "/v1/webhooks", .scope(.admin), .listWebhooks),
        Route(.get, "/v1/webhooks/{id}", .scope(.admin), .readWebhook),
        Route(.patch, "/v1/webhooks/{id}", .scope(.admin), .editWebhook),
        Route(.delete, "/v1/webhooks/{id}", .scope(.admin), .deleteWebhook),
        Route(.post, "/v1/webhooks/{id}/rotate-secret", .scope(.admin), .rotateSecret),
        Route(.post, "/v1/webhooks/{id}/test", .scope(.admin), .testWebhook),
        Route(.get, "/v1/webhooks/{id}/deliveries", .scope(.admin), .listDeliveries),
        Route(.get, "/v1/deliveries/{id}", .scope(.admin), .readDelivery),
        Route(.post, "/v1/deliveries/{id}/retry", .scope(.admin), .retryDelivery),
        Route(.post, "/v1/tokens", .scope(.admin), .createToken),
        Route(.get, "/v1/tokens", .scope(.admin), .listTokens),
        Route(.get, "/v1/tokens/{id}", .scope(.admin), .readToken),
        Route(.delete, "/v1/tokens/{id}", .scope(.admin), .revokeToken),
        Route(.get, "/healthz", .open, .readHealth),
        Route(.get, "/readyz", .open, .readReadiness),
        Route(.get, "/metrics", .open, .readMetrics),
        Route(.get, "/openapi.json", .open, .readOpenAPI),
        Route(.get, "/problems", .open, .listProblems),
        Route(.get, "/problems/{slug}", .open, .readProblem),
    ]

    static let router: Router<Route> = {
        var router = Router<Route>()
        for (index, var route) in all.enumerated() {
            route.index = index
            router.add(route.method, route.pattern, route)
        }
        return router
    }()
}

/// What a route does; `APIResponder` maps each to its handler, and `documentation` says it to clients. Its name is the `operationId`.
enum Operation: String, Sendable {
    case declare, listIncidents, readIncident, editIncident, raiseSeverity, disputeSeverity, changeStatus
    case assignRole, releaseRole, readTimeline, postEntry, readEntry
    case followIncident, followAll
    case readCadence, changeCadence, snooze, escalate
    case readDraft, listUpdates, publishUpdate, listTemplates, readTemplate
    case createWebhook, listWebhooks, readWebhook, editWebhook, deleteWebhook, rotateSecret, testWebhook
    case listDeliveries, readDelivery, retryDelivery
    case createToken, listTokens, readToken, revokeToken
    case readHealth, readReadiness, readMetrics, readOpenAPI, listProblems, readProblem
}
