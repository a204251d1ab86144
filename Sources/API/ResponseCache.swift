import HTTP
import Incidents
import Synchronization

/// What is answered to a read of an incident at one version, encoded to the last field line.
final class IncidentResponses: Sendable {
    let version: Int
    let tag: String
    let found: Response
    let notModified: Response

    init(_ incident: Incident) {
        version = incident.version
        tag = ETags.state(version: version)
        var found = Responses.bytes(.ok, Representations.bytes(of: incident), tag: tag)
        found.renderFields()
        self.found = found
        var notModified = Responses.notModified(tag)
        notModified.renderFields()
        self.notModified = notModified
    }
}

/// The answers of incidents, by number and version: made once by the loop that first reads, then copied.
final class ResponseCache: Sendable {
    private struct State {
        var answers: [Int: IncidentResponses] = [:]
        var bytes = 0
    }

    private let bytesMax: Int
    private let state = Mutex(State())

    /// What an entry costs beside its body: its tag, its fields in both forms, its place in the table.
    private static let overheadBytes = 1_024

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// The answers of an incident as it is given; made, outside the lock, when they are not there.
    func answers(of incident: Incident) -> IncidentResponses {
        let (number, version) = (incident.number, incident.version)
        let known = state.withLock { $0.answers[number] }
        if let known, known.version == version { return known }
        let made = IncidentResponses(incident)
        let cost = Self.cost(made)
        state.withLock { state in
            if state.bytes + cost > bytesMax {
                state.answers.removeAll(keepingCapacity: true)
                state.bytes = 0
            }
            if let old = state.answers.updateValue(made, forKey: number) { state.bytes -= Self.cost(old) }
            state.bytes += cost
        }
        return made
    }

    private static func cost(_ answers: IncidentResponses) -> Int {
        answers.found.body.count + overheadBytes
    }
}
