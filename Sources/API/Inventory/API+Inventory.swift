import Documents
import Engine
import HTTP
import Journal
import JSON
import Model
import Views

/// The routes of the inventory.
extension APIResponder {
    func listPeople(_ context: RequestContext) throws(Problem) {
        let showsContacts = context.showsContacts
        let tag = ETags.documents(position: services.documents.shelf.tags().open, showsContacts)
        let people = services.documents.shelf.open(before: nil, limit: .max) { $0.content is PersonPage }
            .items
            .map(\.state)
            .sorted { ($0.key ?? "").utf8.lexicographicallyPrecedes(($1.key ?? "").utf8) }
        let query = try context.query(["limit", "after"])
        let limit = try query.limit()
        let after = query["after"].map { PersonPage.key(of: $0) } ?? ""
        if context.holds(tag) { return context.answer(Responses.notModified(tag)) }
        let rest = people.filter { after.utf8.lexicographicallyPrecedes(($0.key ?? "").utf8) }
        context.answer(
            Responses.page(
                rest, limit: limit, request: context.request, tag: tag, cursor: \.name
            ) { $0.members(of: $1, showsContacts: showsContacts) })
    }

    func readPerson(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["version"])
        let edition = try query.integer("version", in: 1...Int(Int32.max))
        let name = StreamName(person: context.ticket.parameters.first ?? "")
        let documents = services.documents
        let showsContacts = context.showsContacts
        context.read {
            guard let number = try documents.number(of: name), let now = try documents.snapshot(number),
                now.state.isOpen
            else { throw Problem(Document.notFound) }
            var shown = now
            if let edition, edition != now.state.edition {
                guard let then = try documents.snapshot(number, where: { $0.edition == edition && $0.isOpen })
                else {
                    throw Problem(
                        .notFound, "Version \(edition) does not exist; the newest is \(now.state.edition)."
                    )
                }
                shown = then
            }
            let tag = ETags.document(version: shown.version, showsContacts)
            if context.holds(tag) { return Responses.notModified(tag) }
            return Representations.document(shown.state, .ok, tag: tag, showsContacts: showsContacts)
        }
    }
}

extension RequestContext {
    /// Whether the token may see contacts (api.md, "Auth").
    var showsContacts: Bool { ticket.principal.map { $0.scope >= .command } ?? false }
}

extension ETags {
    /// Tag of a document, as shown with or without contacts.
    static func document(version: Int, _ showsContacts: Bool) -> String {
        // Callers that may change a document see contacts, so that their tag is a version.
        showsContacts ? state(version: version) : EntityTag.strong("\(format)-\(version)-post")
    }

    /// Tag of a list of documents, as shown with or without contacts.
    static func documents(position: Int, _ showsContacts: Bool) -> String {
        showsContacts ? list(position: position) : EntityTag.strong("\(format)-\(position)-post")
    }
}

extension Representations {
    static func document(
        _ document: Document, _ status: Status, tag: String, showsContacts: Bool = true,
        warnings: [Warning] = []
    ) -> Response {
        Responses.object(
            status, tag: tag,
            location: status == .created
                ? "/v1/inventory/people/\(Responses.percentEncoded(document.name))" : nil
        ) { writer in
            writer.members(of: document, showsContacts: showsContacts)
            writer.warnings(warnings)
        }
    }
}
