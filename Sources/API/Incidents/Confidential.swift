import Engine
import Incidents
import Journal
import Model
import Routing
import Views

/// Who is told of confidential incidents. To a token below scope `command` they do not exist.
///
/// There is one door, the name: `RequestContext.incidentName()` turns a hidden name into one of no incident, so that all answers are
/// those to an unknown name. The lane asks again when a write acts (`WriteTransaction.named`), and reads, long polls among them, are
/// asked again when their answer is ready (`problem(answering:_:)`). What names no incident, lists and streams, leaves hidden ones out.
extension DrumbeatAPI {
    public func visible(_ name: StreamName, to principal: Principal?) -> StreamName {
        guard services.incidents.confidential.contains(name), !principal.seesConfidential else {
            return name
        }
        switch name {
        case .number: return .number(StreamID.numbers.upperBound)
        // No id is that short.
        case .id, .key: return .id("0")
        }
    }

    public func problem(answering name: String, _ principal: Principal?) -> Problem? {
        guard !services.incidents.confidential.isEmpty, let name = StreamName(incident: name),
            visible(name, to: principal) != name
        else { return nil }
        return .noIncident
    }

    func isHidden(_ stream: StreamID, from principal: Principal?) -> Bool {
        Incident.number(of: stream).map { isHidden($0, from: principal) } ?? false
    }

    private func isHidden(_ number: Int, from principal: Principal?) -> Bool {
        !principal.seesConfidential && services.incidents.confidential.contains(number)
    }

    /// Whether a list of a caller has an incident.
    func isListed(_ incident: Incident, for principal: Principal?) -> Bool {
        principal.seesConfidential
            || !incident.isConfidential && !services.incidents.confidential.contains(incident.number)
    }

    /// What a caller is shown of incidents and entries.
    func viewer(_ principal: Principal?) -> Viewer {
        Viewer(
            Contacts(for: principal),
            hides: principal.seesConfidential ? Viewer.unrestricted.hides : isConfidential)
    }

    /// Whether it is a duplicate of an incident that does not exist for the caller.
    func namesHidden(_ incident: Incident, from principal: Principal?) -> Bool {
        incident.duplicateOf.map { isHidden($0, from: principal) } ?? false
    }

    /// The body of an incident, encoded once per version but for what names a hidden one.
    func body(of snapshot: IncidentSnapshot, for principal: Principal?) -> [UInt8] {
        guard namesHidden(snapshot.incident, from: principal) else {
            return cache.answers(of: snapshot, Contacts(for: principal)).found.body
        }
        return Representations.bytes(of: snapshot.incident, for: viewer(principal))
    }
}

extension IdempotencyRecord.Subject {
    var stream: StreamID? {
        switch self {
        case .entry(let stream, _), .state(let stream, _), .each(let stream): stream
        case .resource, .nothing: nil
        }
    }
}

extension Outcome.Subject {
    var stream: StreamID? {
        switch self {
        case .entry(let entry): entry.stream
        case .state(let snapshot): snapshot.stream
        case .each(let stream, _): stream
        case .resource, .nothing: nil
        }
    }
}
