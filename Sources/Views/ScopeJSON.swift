import Incidents
import JSON

extension JSONWriter {
    /// Who is affected, and the marks of an incident that needs care.
    mutating func scopeMembers(of incident: Incident) {
        member("scope", incident.scope)
        member("users_affected", incident.usersAffected)
        member("security", incident.isSecurity)
        member("confidential", incident.isConfidential)
    }
}
