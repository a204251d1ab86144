import Documents
import Engine
import HTTP
import Journal
import Model
import Routing

extension DrumbeatAPI {
    var inventoryRows: [Route] {
        [
            .put(
                "/v1/inventory/people/{name}", .scope(.command), PutPerson.self, on: people,
                Documentation(
                    group: .inventory, summary: "Write a person's page",
                    description:
                        "Replaces the whole page; an absent member is cleared. An unchanged page adds no version. "
                        + "A nag prints this contact when no role of that person has one.",
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
                    group: .inventory, summary: "List people by name",
                    description: Self.contacts,
                    query: [
                        .limit, .query("after", .text(.person), "The value of `next` on the previous page."),
                    ], answers: [.page(of: .person)])
            ) { try self.listPeople($0) },

            .handler(
                .get, "/v1/inventory/people/{name}", .scope(.post), "readPerson",
                Documentation(
                    group: .inventory, summary: "Read a person's page", description: Self.contacts,
                    query: [
                        .query("version", .integer(1...Int(Int32.max)), "An older version of the page.")
                    ], answers: [.person])
            ) { try self.readPerson($0) },

            .action(
                .delete, "/v1/inventory/people/{name}", .scope(.command), DeletePerson.self, on: people,
                Documentation(
                    group: .inventory, summary: "Delete a person's page",
                    description: "Hides the page. A later PUT creates its next version.")),
        ]
    }

    private static let contacts = "Both contacts are null for tokens below scope `command`."

    private var people: Addressing<Document> {
        Addressing(
            shelf: services.documents.shelf,
            name: { StreamName(person: $0.firstParameter) }, state: .person, entry: .entry)
    }
}

extension Documentation.ResponseDescription {
    /// The current page of a person.
    static let person = json(.ref(.person), "The page.", tag: true)
}

extension Schema {
    static let person = Schema.object(
        [
            "name": .string, "version": .integer,
            "contact": .string.orNull, "backup_contact": .string.orNull,
            "handles": .ref(.labels), "can": .array(.string),
            "away_until": .responseTime.orNull, "deleted_at": .responseTime.orNull,
            "updated_at": .responseTime,
            "updated_by": .string,
        ], optional: ["warnings": .warningsMember]
    )
    .describing([
        "name": "The person's name.", "version": "The version of the page, from 1.",
        "contact": "The contact that nags print; null for tokens below scope `command`.",
        "backup_contact": "A second way; null like `contact`.",
        "handles": "Names in other systems, by system.",
        "can": "What the person can do, such as `rollback`.", "away_until": "Until when the person is away.",
        "deleted_at": "When the page was deleted.", "updated_at": "When this version was written.",
        "updated_by": "The person who wrote this version.",
    ])
}
