import Documents
import Engine
import HTTP
import Journal
import JSON
import Model
import Routing
import Views

/// The routes of the inventory.
extension DrumbeatAPI {
    func listPeople(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["limit", "after"])
        let limit = try query.limit()
        let showsContacts = context.showsContacts
        let shelf = services.documents.shelf
        // Taken before the list, so that a concurrent change makes the tag too old, never too new.
        let tag = ETags.tag(shelf.lastChanges().open, context.contacts.form)
        if context.holds(tag) { return context.answer(Responses.notModified(tag)) }
        let after =
            try query["after"].map { (name) throws(Problem) in
                guard TextConstraint.person.flaw(of: name) == nil else {
                    throw .unknownCursor
                }
                return PersonPage.key(of: name)
            } ?? ""
        let people = shelf.open(before: nil, limit: .max) { $0.content is PersonPage }.items
            .compactMap { page in page.state.key.map { (key: $0, page: page.state) } }
            .filter { after.utf8.lexicographicallyPrecedes($0.key.utf8) }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        context.answer(
            Responses.varying(
                by: .token,
                Responses.page(
                    people, limit: limit, request: context.request, tag: tag, cursor: \.page.name
                ) { $0.members(of: $1.page, showsContacts: showsContacts) }))
    }

    func readPerson(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["version"])
        let edition = try query.integer("version", in: 1...Int(Int32.max))
        let name = StreamName(person: context.firstParameter)
        let documents = services.documents
        let (showsContacts, form) = (context.showsContacts, context.contacts.form)
        context.read {
            guard let number = try documents.number(of: name), let now = try documents.snapshot(number)
            else { throw Problem(Document.notFound) }
            var shown = now
            if let edition, edition != now.state.edition || !now.state.isOpen {
                guard let then = try documents.snapshot(ofEdition: edition, of: now) else {
                    throw Problem(
                        .notFound, "Version \(edition) does not exist; the newest is \(now.state.edition)."
                    )
                }
                shown = then
            } else if let deletedAt = now.state.deletedAt {
                throw Problem(
                    .notFound,
                    "\(now.state.kind)/\(now.state.name) was deleted at \(deletedAt.rfc3339). ?version=\(now.state.edition) reads its last "
                        + "version; a PUT writes the next one.")
            }
            let tag = ETags.tag(shown.validator, form)
            if context.holds(tag) { return Responses.notModified(tag) }
            return Responses.varying(
                by: .token, Representations.document(shown.state, .ok, tag: tag, showsContacts: showsContacts)
            )
        }
    }
}

extension RequestContext {
    /// Whether the token may see contacts (api.md, "Auth").
    var showsContacts: Bool { contacts == .shown }
    var contacts: Contacts { Contacts(for: ticket.principal) }
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

extension Contacts {
    /// The form of a body with or without them.
    var form: ETags.Form { self == .shown ? .full : .withoutContacts }

    /// What a caller is shown.
    init(for principal: Principal?) {
        self = principal.map { $0.scope >= .command } ?? false ? .shown : .hidden
    }
}
