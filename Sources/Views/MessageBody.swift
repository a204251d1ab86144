import Incidents
import Journal
import JSON
import Model
import Time

/// Builds the body of a delivery from the journal, as of the entry it announces. Each attempt says the same, except that a later redaction
/// is honoured and contacts of people's pages are the current ones (docs/decisions/0003).
public struct MessageBody: Sendable {
    /// An incident as of one of its entries, by number and seq.
    private let incident: @Sendable (Int, Int) throws -> IncidentSnapshot?
    private let reader: any JournalReader
    private let draftRenderer: DraftRenderer
    /// Contact of a person for whom no role names one; `nil` when unknown.
    private let contact: @Sendable (Person) -> String?
    private let publicURL: String

    /// Links in the bodies begin with `publicURL`.
    public init(
        incident: @escaping @Sendable (Int, Int) throws -> IncidentSnapshot?, reader: any JournalReader,
        draftRenderer: DraftRenderer,
        contact: @escaping @Sendable (Person) -> String?, publicURL: String
    ) {
        self.incident = incident
        self.reader = reader
        self.draftRenderer = draftRenderer
        self.contact = contact
        self.publicURL = publicURL
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
            for name in ["incident", "entry", "nag", "draft"] as [StaticString] {
                writer.name(name)
                writer.null()
            }
            writer.member("webhook", delivery.webhook)
            writer.member("detail", "This is a test. Deliveries reach this webhook.")
            return
        }
        let incident = snapshot.incident
        writer.name("incident")
        writer.beginObject()
        writer.members(of: incident)
        writer.endObject()

        // `update_due_soon` has no entry of its own.
        let entry = delivery.type == .updateDueSoon ? nil : try reader.entries(of: stream, seqs: [seq]).first
        writer.name("entry")
        if let entry {
            writer.beginObject()
            try writer.members(of: entry)
            writer.endObject()
        } else {
            writer.null()
        }
        try writeNag(of: delivery, entry, incident, to: &writer)
    }

    /// Writes the nag and a ready draft; both `null` for an event that is not a nag.
    private func writeNag(
        of delivery: Delivery, _ entry: StoredEntry?, _ incident: Incident, to writer: inout JSONWriter
    ) throws {
        guard delivery.type.retryClass == .nag, let dueAt = delivery.dueAt else {
            writer.member("nag", nil as String?)
            writer.member("draft", nil as String?)
            return
        }
        writer.name("nag")
        let nag = try entry?.nag()
        write(nag, dueAt: dueAt, at: delivery.createdAt, incident, to: &writer)
        // A decision is the team's; every other nag asks for words to the public.
        let audience: Audience = nag?.about == .decision ? .internal : .public
        let draft = try draftRenderer.draft(of: incident, .init(for: audience), at: delivery.createdAt)
        writer.name("draft")
        guard let draft else { return writer.null() }
        writer.beginObject()
        writer.members(of: draft)
        writer.endObject()
    }

    /// Writes the recipients with their contacts, and the link. `update_due_soon` has number 0 and the recipients of nag 1.
    private func write(
        _ nag: NagSent?, dueAt: Timestamp, at moment: Timestamp, _ incident: Incident,
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("about", nag?.about.rawValue ?? NagSent.About.update.rawValue)
        writer.member("number", nag?.number ?? 0)
        writer.member("deadline", dueAt)
        writer.member("late_seconds", max(0, (moment - dueAt).wholeSeconds))
        writer.recipients(nag?.to ?? incident.recipients(ofNag: 1), of: incident, orElse: contact)
        writer.member("link", "\(publicURL)/v1/incidents/\(incident.ref)")
        writer.endObject()
    }
}
