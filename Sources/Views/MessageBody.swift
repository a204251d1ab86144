import Incidents
import Journal
import JSON
import Model
import Time

/// Builds the body of a delivery from the journal, as of the entry it announces. Each attempt says the same, except that a later redaction
/// is honoured and contacts of people's pages are the current ones (docs/decisions/0003). Only the recipients of a nag have contacts.
public struct MessageBody: Sendable {
    /// An incident as of one of its entries, by number and seq.
    let incident: @Sendable (Int, Int) throws -> IncidentSnapshot?
    let reader: any JournalReader
    private let draftRenderer: DraftRenderer
    /// Contact of a person for whom no role names one; `nil` when unknown.
    private let contact: @Sendable (Person) -> String?
    /// A person's names in other systems; empty when unknown.
    let handles: @Sendable (Person) -> [String: String]
    /// Whether an incident is confidential now, by its number.
    private let isConfidential: @Sendable (Int) -> Bool
    let publicURL: String

    /// Links in the bodies begin with `publicURL`.
    public init(
        incident: @escaping @Sendable (Int, Int) throws -> IncidentSnapshot?, reader: any JournalReader,
        draftRenderer: DraftRenderer,
        contact: @escaping @Sendable (Person) -> String?,
        handles: @escaping @Sendable (Person) -> [String: String],
        isConfidential: @escaping @Sendable (Int) -> Bool, publicURL: String
    ) {
        self.incident = incident
        self.reader = reader
        self.draftRenderer = draftRenderer
        self.contact = contact
        self.handles = handles
        self.isConfidential = isConfidential
        self.publicURL = publicURL
    }

    /// Whether the delivery must not be sent: its incident is confidential now, and only nags about it leave the service.
    public func isWithheld(_ delivery: Delivery) -> Bool {
        guard !delivery.type.leavesConfidential, let number = delivery.stream.flatMap(Incident.number(of:))
        else { return false }
        return isConfidential(number)
    }

    /// Receivers are no callers: nothing of a confidential incident leaves the service in the body of another.
    var viewer: Viewer { Viewer(.hidden, hides: isConfidential) }

    /// Whether a body has no words: of an incident that is confidential now, or was when the entry was recorded.
    func isWordless(_ incident: Incident) -> Bool {
        incident.isConfidential || isConfidential(incident.number)
    }

    /// The body to send. Throws if the store cannot be read. Blocks on the store.
    public func make(_ delivery: Delivery) throws -> [UInt8] {
        var writer = JSONWriter(reserving: 2_048)
        writer.beginObject()
        writer.member("type", delivery.type.rawValue)
        writer.member("timestamp", delivery.createdAt)
        writer.name("data")
        writer.beginObject()
        try writeData(of: delivery, to: &writer)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    private func writeData(of delivery: Delivery, to writer: inout JSONWriter) throws {
        guard let stream = delivery.stream, let seq = delivery.seq, let number = Incident.number(of: stream),
            let snapshot = try self.incident(number, seq)
        else {
            for name in ["incident", "entry", "nag", "draft", "brief"] as [StaticString] {
                writer.name(name)
                writer.null()
            }
            writer.member("webhook", delivery.webhook)
            writer.member("detail", "This is a test. Deliveries reach this webhook.")
            writer.member("types", [delivery.type.rawValue])
            return
        }
        let incident = snapshot.incident
        let isWordless = isWordless(incident)
        writer.name("incident")
        writer.beginObject()
        if isWordless {
            writer.member("ref", incident.ref)
            writer.member("severity", incident.severity.rawValue)
            writer.member("confidential", true)
        } else {
            writer.members(of: incident, for: viewer)
        }
        writer.endObject()

        let announced = try announcement(of: delivery, stream, seq, incident)
        writer.name("entry")
        if let entry = announced.entry, !isWordless {
            writer.beginObject()
            try writer.members(of: entry, for: viewer)
            writer.endObject()
        } else {
            writer.null()
        }
        try writeNag(of: delivery, announced, incident, to: &writer)
        let hasBrief = MessageBody.hasBrief(delivery.type) && !isWordless
        writer.member("brief", hasBrief ? try Brief(snapshot, for: viewer, from: reader).text : nil)
        writer.member("types", announced.types.map(\.rawValue))
    }

    /// A person called in knows nothing yet, and one who takes over needs the whole.
    static func hasBrief(_ type: EventType) -> Bool { type == .escalated || type == HandoverNag.event }

    /// What a delivery is about.
    struct Announcement {
        /// `nil` for `update.due_soon`, which has none of its own.
        var entry: StoredEntry?
        var types: [EventType]
        var about: NagSent.About
        var number = 0
        /// Empty for an event that asks nobody.
        var to: [NagSent.Recipient] = []
    }

    func announcement(
        of delivery: Delivery, _ stream: StreamID, _ seq: Int, _ incident: Incident
    ) throws -> Announcement {
        let of = { [reader] (seq: Int) in try reader.entries(of: stream, seqs: [seq]).first }
        guard delivery.type != .updateDueSoon else {
            return Announcement(
                entry: nil, types: [delivery.type], about: .update, to: incident.recipients(ofNag: 1))
        }
        guard let entry = try of(seq), let payload = try entry.payload() else {
            return Announcement(entry: try of(seq), types: [delivery.type], about: .update)
        }
        let types = payload.events(on: incident, at: seq)
        if let nag = payload as? NagSent {
            return Announcement(entry: entry, types: types, about: nag.about, number: nag.number, to: nag.to)
        }
        if let escalated = payload as? Escalated {
            return Announcement(entry: entry, types: types, about: .decision, to: [escalated.recipient])
        }
        // A role changed hands while the nag waited.
        if !types.contains(delivery.type), let (about, nag) = incident.lastNag(announcedBy: delivery.type) {
            let sent = try of(nag.seq)
            return Announcement(
                entry: sent,
                types: try sent?.payload()?.events(on: incident, at: nag.seq) ?? [delivery.type],
                about: about, number: nag.number, to: incident.recipientsToday(of: about, nag))
        }
        return Announcement(entry: entry, types: types, about: .update)
    }

    /// Writes the nag and a ready draft; both `null` for an event that is not a nag.
    private func writeNag(
        of delivery: Delivery, _ announced: Announcement, _ incident: Incident, to writer: inout JSONWriter
    ) throws {
        guard delivery.type.retryClass == .nag, let dueAt = delivery.dueAt else {
            writer.member("nag", nil as String?)
            writer.member("draft", nil as String?)
            return
        }
        writer.name("nag")
        try write(announced, dueAt: dueAt, at: delivery.createdAt, incident, to: &writer)
        let draft =
            isWordless(incident) ? nil : try draft(of: announced.about, incident, at: delivery.createdAt)
        writer.name("draft")
        guard let draft else { return writer.null() }
        writer.beginObject()
        writer.members(of: draft)
        writer.endObject()
    }

    /// The draft that a nag carries; `nil` for a topic that asks for no words.
    func draft(of about: NagSent.About, _ incident: Incident, at moment: Timestamp) throws -> Draft? {
        guard let audience = about.topic?.draftAudience else { return nil }
        return try draftRenderer.draft(of: incident, .init(for: audience), at: moment)
    }

    /// Where an incident is shown.
    func link(to incident: Incident) -> String { "\(publicURL)/v1/incidents/\(incident.ref)" }

    /// Writes the recipients with their contacts, and the link. `update_due_soon` and an escalation have number 0.
    private func write(
        _ announced: Announcement, dueAt: Timestamp, at moment: Timestamp, _ incident: Incident,
        to writer: inout JSONWriter
    ) throws {
        let called = try (announced.entry?.payload() as? Escalated).flatMap { escalated in
            escalated.contact.map { (escalated.to, $0) }
        }
        writer.beginObject()
        writer.member("about", announced.about.rawValue)
        writer.member("number", announced.number)
        writer.member("deadline", dueAt)
        writer.member("late_seconds", max(0, (moment - dueAt).wholeSeconds))
        // Contacts are words.
        writer.recipients(announced.to, of: isWordless(incident) ? nil : incident) { person in
            if isWordless(incident) { return nil }
            if let (to, contact) = called, to == person { return contact }
            return contact(person)
        }
        writer.member("link", link(to: incident))
        writer.endObject()
    }
}
