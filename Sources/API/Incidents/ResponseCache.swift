import HTTP
import Incidents
import Journal
import Routing
import Synchronization
import Views

/// Responses to a read of an incident at one version, with serialised fields.
final class IncidentResponses: Sendable {
    let version: Int
    let tag: String
    let found: Response
    let notModified: Response

    init(_ snapshot: IncidentSnapshot, _ contacts: Contacts) {
        version = snapshot.version
        tag = ETags.tag(snapshot.validator, contacts.form)
        var found = Responses.varying(
            by: .tokenAndAccept,
            Responses.bytes(
                .ok, Representations.bytes(of: snapshot.incident, for: Viewer(contacts) { _ in false }),
                tag: tag))
        found.renderFields()
        self.found = found
        var notModified = Responses.varying(by: .tokenAndAccept, Responses.notModified(tag))
        notModified.renderFields()
        self.notModified = notModified
    }
}

/// Cache of incident responses, by number, version, and whether contacts are shown. The loop that first reads a version renders it. When
/// full, everything is evicted.
final class ResponseCache: Sendable {
    private struct Key: Hashable {
        let number: Int
        let contacts: Contacts
    }

    private struct State {
        var answers: [Key: IncidentResponses] = [:]
        var bytes = 0
    }

    private let bytesMax: Int
    private let state = Mutex(State())

    /// Estimated cost besides the body: tag, fields in both forms, table entry.
    private static let overheadBytes = 1_024

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// The responses of an incident; rendered outside the lock when they are not cached.
    func answers(of snapshot: IncidentSnapshot, _ contacts: Contacts) -> IncidentResponses {
        let (key, version) = (Key(number: snapshot.stream.number, contacts: contacts), snapshot.version)
        let known = state.withLock { $0.answers[key] }
        if let known, known.version == version { return known }
        let made = IncidentResponses(snapshot, contacts)
        let cost = Self.cost(made)
        state.withLock { state in
            if state.bytes + cost > bytesMax {
                state.answers.removeAll(keepingCapacity: true)
                state.bytes = 0
            }
            if let old = state.answers.updateValue(made, forKey: key) { state.bytes -= Self.cost(old) }
            state.bytes += cost
        }
        return made
    }

    private static func cost(_ answers: IncidentResponses) -> Int {
        answers.found.body.count + overheadBytes
    }
}
