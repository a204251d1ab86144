/// Where each operation is documented. A new one does not compile until it is.
extension Operation {
    var documentation: Documentation {
        switch self {
        // Documentation+Incidents.swift
        case .declare: .declare
        case .listIncidents: .listIncidents
        case .readIncident: .readIncident
        case .editIncident: .editIncident
        case .raiseSeverity: .raiseSeverity
        case .disputeSeverity: .disputeSeverity
        case .changeStatus: .changeStatus
        case .assignRole: .assignRole
        case .releaseRole: .releaseRole
        // Documentation+Timeline.swift
        case .readTimeline: .readTimeline
        case .postEntry: .postEntry
        case .readEntry: .readEntry
        case .followIncident: .followIncident
        case .followAll: .followAll
        // Documentation+Cadence.swift
        case .readCadence: .readCadence
        case .changeCadence: .changeCadence
        case .snooze: .snooze
        case .escalate: .escalate
        case .readDraft: .readDraft
        case .listUpdates: .listUpdates
        case .publishUpdate: .publishUpdate
        case .listTemplates: .listTemplates
        case .readTemplate: .readTemplate
        // Documentation+Webhooks.swift
        case .createWebhook: .createWebhook
        case .listWebhooks: .listWebhooks
        case .readWebhook: .readWebhook
        case .editWebhook: .editWebhook
        case .deleteWebhook: .deleteWebhook
        case .rotateSecret: .rotateSecret
        case .testWebhook: .testWebhook
        case .listDeliveries: .listDeliveries
        case .readDelivery: .readDelivery
        case .retryDelivery: .retryDelivery
        // Documentation+Service.swift
        case .createToken: .createToken
        case .listTokens: .listTokens
        case .readToken: .readToken
        case .revokeToken: .revokeToken
        case .readHealth: .readHealth
        case .readReadiness: .readReadiness
        case .readMetrics: .readMetrics
        case .readOpenAPI: .readOpenAPI
        case .listProblems: .listProblems
        case .readProblem: .readProblem
        }
    }
}
