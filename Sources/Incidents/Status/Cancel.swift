import Model
import Time

/// The incident was cancelled: a false alarm or a duplicate.
public struct Cancelled: EntryPayload, Equatable {
    public static let kind: EntryKind = "cancelled"
    public static let event = EventType(
        "incident.cancelled", .status, "An incident was cancelled: a false alarm or a duplicate")

    public enum Reason: String, CaseIterable, Sendable {
        case falseAlarm = "false_alarm"
        case duplicate
    }

    public var from: Incident.Status
    /// The number of the original incident; `nil` for a false alarm.
    public var duplicateOf: Int?
    /// When the public must be told; `nil` when it was told of nothing.
    public var closing: ClosingDeadline?

    public init(from: Incident.Status, duplicateOf: Int?, closing: ClosingDeadline? = nil) {
        self.from = from
        self.duplicateOf = duplicateOf
        self.closing = closing
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.enter(.cancelled, at: place)
        incident.times.cancelledAt = place.recordedAt
        incident.closing = closing
        if let duplicateOf { incident.duplicateOf = duplicateOf }
        return true
    }

    public func outdates(from before: Incident, to after: Incident) -> [EventType] {
        Incident.queuedNags
    }
}

extension Cancelled {
    public init(from fields: FieldReader) throws(FieldError) {
        from = try fields.facts.read("from")
        let reason: Reason = try fields.facts.read("reason")
        if reason == .duplicate { duplicateOf = try fields.facts.incident("duplicate_of") }
        closing = try ClosingDeadline(from: fields.facts)
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("from", from)
        fields.facts.write("reason", duplicateOf == nil ? Reason.falseAlarm : .duplicate)
        fields.facts.write("duplicate_of", duplicateOf.map(Incident.ref))
        closing?.write(to: &fields.facts)
    }
}

extension ObjectReader {
    /// Reads a ref and returns the incident's number.
    func incident(_ name: String) throws(FieldError) -> Int {
        guard let number = Incident.number(inRef: try read(name, sample: "INC-7")) else { throw .odd(name) }
        return number
    }
}

extension ChangeStatus {
    /// Refuses to cancel a cancelled incident for another reason or with another original: that would have no effect.
    func requireSameCancellation(of incident: Incident) throws(Refusal) {
        guard to == .cancelled, let reason = reason.flatMap(Cancelled.Reason.init(rawValue:)) else { return }
        let known = incident.duplicateOf
        switch reason {
        case .falseAlarm where known == nil: return
        case .duplicate where known != nil && (duplicateOf ?? known) == known: return
        case .falseAlarm, .duplicate: break
        }
        let how = incident.duplicateOf.map { "a duplicate of \(Incident.ref($0))" } ?? "a false alarm"
        throw incident.ended("another cancellation; it was cancelled as \(how)")
    }

    func cancel(
        _ incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        let name = given.author.person.name
        let closing = ClosingDeadline(endOf: incident, given)
        let ended = incident.endingMitigations(given) + incident.endingExceptions(given)
        switch reason.flatMap(Cancelled.Reason.init(rawValue:)) {
        case .falseAlarm?:
            return Decision(
                ended + [
                    given.entry(
                        Cancelled(from: incident.status, duplicateOf: nil, closing: closing),
                        "\(name) cancelled the incident: a false alarm")
                ])
        case .duplicate?:
            guard let duplicateOf else {
                throw .invalid("#/duplicate_of", "Name the original incident: \"INC-…\".")
            }
            guard duplicateOf != incident.number else {
                throw .invalid("#/duplicate_of", "An incident cannot be a duplicate of itself.")
            }
            try requireOriginal(duplicateOf, of: incident, among: given.others)
            return Decision(
                ended + [
                    given.entry(
                        Cancelled(from: incident.status, duplicateOf: duplicateOf, closing: closing),
                        "\(name) cancelled the incident: a duplicate of \(Incident.ref(duplicateOf))"),
                    NewEntry(
                        Linked(incident.number, .duplicate),
                        "\(name) cancelled \(incident.ref) as a duplicate of this incident", at: given.now,
                        on: duplicateOf),
                ])
        case nil:
            throw .invalid("#/reason", "The reason of a cancellation must be false_alarm or duplicate.")
        }
    }
}
