import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing
import Views

/// Drumbeat's API: the rows of each capability and their handlers, in its folder, over the services.
public final class DrumbeatAPI: Sendable {
    let services: Services
    let cache = ResponseCache(bytesMax: 16 << 20)
    let readinessLog = ReadinessLog()
    /// Test messages to targets that are being registered, by token.
    let tests = ConcurrencyLimiter(perOwnerMax: attemptsPerOwnerMax, inAllMax: attemptsInAllMax)
    /// Presses of buttons, by webhook.
    let presses = ConcurrencyLimiter(perOwnerMax: attemptsPerOwnerMax, inAllMax: attemptsInAllMax)
    /// Searches for words and for similar incidents, by token.
    let searches = ConcurrencyLimiter(
        perOwnerMax: IncidentScan.perTokenMax, inAllMax: IncidentScan.inAllMax)
    /// Source of server-sent events.
    let frames: EventFrames
    /// Whether an incident is confidential now, by its number.
    let isConfidential: @Sendable (Int) -> Bool

    /// Upper bounds of the attempts in progress of one owner, and in all: half of the messages that are sent at a time, so that
    /// deliveries always have places.
    static let attemptsPerOwnerMax = 2
    static let attemptsInAllMax = 32

    public init(_ services: Services) {
        self.services = services
        isConfidential = { [confidential = services.incidents.confidential] in confidential.contains($0) }
        frames = EventFrames(
            recentEntries: services.recentEntries, incidents: services.incidents, log: services.routing.log)
    }

    /// Grouped by capability.
    var rows: [Route] {
        incidentRows + timelineRows + bulkRows + cadenceRows + updateRows + lintRows + checkRows
            + mitigationRows + freezeRows + contextRows + checklistRows + inventoryRows + webhookRows
            + tokenRows + serviceRows
    }

    /// The API as the server calls it.
    public func responder() -> RouteResponder {
        let table = RouteTable(rows)
        return RouteResponder(
            table, of: self, problems: ProblemType.all, document: document(of: table), services.routing)
    }
}

extension DrumbeatAPI: RoutedAPI {
    public func canonicalName(_ parameter: String) -> String {
        Incident.number(inRef: parameter).map(Incident.ref) ?? parameter
    }

    public func response(to outcome: Outcome, for principal: Principal?) throws -> Response {
        // A person who presses a button in a message may do that, and sees nothing.
        if principal == nil, let stream = outcome.subject.stream, isHidden(stream, from: nil) {
            return Responses.noContent
        }
        return try Representations.response(to: outcome, for: viewer(principal))
    }

    public func outcome(replaying record: IdempotencyRecord, for principal: Principal?) throws -> Outcome? {
        var outcome = try Outcome(replaying: record, from: services)
        if case .resource(let kept) = outcome?.subject, kept.kind == .deploy {
            outcome?.subject = .resource(try kept.answerOnFreeze(for: viewer(principal)))
        }
        if let principal, let stream = record.subject.stream, isHidden(stream, from: principal) {
            throw Problem.noIncident
        }
        return outcome
    }

    public func entries(of stream: StreamID, seqs: [Int], for principal: Principal?) throws -> [UInt8] {
        let seqs = isHidden(stream, from: principal) ? [] : seqs
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("entries")
        writer.beginArray()
        for stored in try services.reader.entries(of: stream, seqs: seqs)
        where writer.bytes.count < Responses.pageBytesMax {
            writer.beginObject()
            try writer.members(of: stored, for: Viewer(.hidden, hides: viewer(principal).hides))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// Refusals about a document name it in their links.
    public func pathName(of stream: StreamID) -> String? {
        Incident.number(of: stream).map(Incident.ref(_:))
    }

    public func subject(ofLink path: [String]) -> LinkSubject? {
        guard path.count > 2, path[0] == "v1", path[1] == "incidents",
            let ref = Incident.number(inRef: path[2]).map(Incident.ref)
        else { return nil }
        return LinkSubject(
            name: "incident \(ref)", path: "/v1/incidents/\(ref)",
            commands: ["show", "update"].map { "drumbeat \($0) \(ref)" })
    }

    public func events(of channel: EventChannel, after id: Int) -> EventSlice? {
        frames.events(of: channel, after: id)
    }
}

extension ProblemType {
    /// All problems, by status.
    static let all: [ProblemType] = (ofRouting + [.webhookURLRefused] + Incident.problems).enumerated()
        .sorted { ($0.element.status, $0.offset) < ($1.element.status, $1.offset) }.map(\.element)
}
