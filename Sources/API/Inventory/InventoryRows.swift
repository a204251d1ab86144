import Documents
import Engine
import HTTP
import Journal
import Model

extension Route {
    static let inventory: [Route] = [
        .put(
            "/v1/inventory/people/{name}", .scope(.command), PutPerson.self, on: .people,
            Documentation(
                group: .inventory, summary: "Write a person's page",
                description:
                    "The whole page: what is left out is cleared. What GET gave may be put back as it is, and adds nothing. "
                    + "A nag prints the contact from here when no role of that person has one.",
                examples: [
                    (
                        "bob",
                        #"{"contact": "tel:+49 30 1234", "backup_contact": "call, do not text", "handles": {"slack": "U1"}, "#
                            + #""can": ["rollback", "database"], "away_until": null}"#
                    )
                ])),

        .handler(
            .get, "/v1/inventory/people", .scope(.post), "listPeople",
            Documentation(
                group: .inventory, summary: "List the people, by name",
                description: contacts, query: [.limit, .cursor], answers: [.page(of: .person)])
        ) { try $0.listPeople($1) },

        .handler(
            .get, "/v1/inventory/people/{name}", .scope(.post), "readPerson",
            Documentation(
                group: .inventory, summary: "Read a person's page", description: contacts,
                query: [
                    .query("version", .integer(1...Int(Int32.max)), "An older version of the page.")
                ], answers: [.person])
        ) { try $0.readPerson($1) },

        .action(
            .delete, "/v1/inventory/people/{name}", .scope(.command), DeletePerson.self, on: .people,
            Documentation(
                group: .inventory, summary: "Delete a person's page",
                description: "It is hidden; putting it again makes its next version.")),
    ]

    private static let contacts = "Below the scope `command` both contacts are null."
}

extension Addressing<Document> {
    static let people = Addressing(
        shelf: { $0.documents.shelf }, name: { StreamName(person: $0.ticket.parameters.first ?? "") },
        answer: .person)
}
