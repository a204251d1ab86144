import Model
import Time

/// A person's page: contacts and abilities.
public struct PersonPage: DocumentContent {
    /// What the person is called in another system: `slack`, `U1`.
    public struct Handle: Sendable {
        public var system: String
        public var handle: String
    }

    public static let kind = "people"
    /// Upper bound of handles and of abilities on a page.
    static let listMax = 50

    /// How to reach the person; printed in every nag unless a role has a contact: `tel:+49…`.
    public var contact: String?
    public var backupContact: String?
    /// By system, in byte order; a system at most once.
    public var handles: [Handle]
    /// `rollback`, `cloud`, `status_page`, `dns`, `database`, `billing`, or any other words.
    public var can: [String]
    public var awayUntil: Timestamp?

    /// For SQL, which has no canonical equivalence: an ASCII form in which two spellings that Swift compares as equal are the same bytes.
    public static func comparable(_ name: String) -> String {
        Person(name).key.reduce(into: "") { text, byte in
            switch byte {
            case 0x21...0x24, 0x26...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += (byte < 16 ? "%0" : "%") + String(byte, radix: 16)
            }
        }
    }
}

extension PersonPage {
    public init(from words: ObjectReader) throws(FieldError) {
        contact = try words.read("contact")
        backupContact = try words.read("backup_contact")
        handles = []
        if let object = try words.object("handles") {
            for system in object.names(samples: ["slack"]) {
                handles.append(Handle(system: system, handle: try object.read(system)))
            }
        }
        can = words.has("can") ? try words.read("can") : []
        awayUntil = try words.read("away_until")
    }

    public func write(to words: inout ObjectWriter) {
        words.write("contact", contact)
        words.write("backup_contact", backupContact)
        words.write(
            "handles",
            object: { words in
                for handle in handles { words.write(key: handle.system, handle.handle) }
            })
        words.write("can", can)
        words.write("away_until", awayUntil)
    }

    init(from body: BodyReader) {
        contact = body.documentText("contact", "The contact that nags print if the person's role has none.")
        backupContact = body.documentText("backup_contact")
        handles = body.map(
            "handles", noun: "handle", of: .ofDocument, countMax: PersonPage.listMax
        ).map { Handle(system: $0, handle: $1 ?? "") }
            .sorted { $0.system.utf8.lexicographicallyPrecedes($1.system.utf8) }
        can = body.optionalTexts(
            "can", .ofDocument, countMax: PersonPage.listMax,
            "`rollback`, `cloud`, `status_page`, `dns`, `database`, `billing`, or any other name.")
        awayUntil = body.moment("away_until")
    }
}

extension TextConstraint {
    /// A text of a document that says something (learning.md, section 18).
    fileprivate static let ofDocument = TextConstraint(charactersMax: 500, oneLine: true, mayBeEmpty: false)
    fileprivate static let ofDocumentOrEmpty = TextConstraint(
        charactersMax: 500, oneLine: true, mayBeEmpty: true)
}

extension BodyReader {
    /// An optional text of a document; an empty one counts as none.
    fileprivate func documentText(_ name: String, _ note: String? = nil) -> String? {
        let text = optionalText(name, .ofDocumentOrEmpty, note)
        return text == "" ? nil : text
    }

    /// The person named in the path.
    func personOfPath() throws(Refusal) -> String {
        try path(
            "name", sample: "bob",
            otherwise:
                "A person's name is one line of at most 200 bytes, with at most one @ at its start, as in people/bob."
        ) {
            TextConstraint.person.flaw(of: $0) == nil ? Person($0).name : nil
        }
    }
}

/// Replaces a person's page as a whole.
public struct PutPerson: RequestedPut {
    public static let name = "putPerson"

    let put: PutDocument<PersonPage>

    public init(from body: BodyReader) throws(Refusal) {
        let inPath = try body.personOfPath()
        let content = PersonPage(from: body)
        let reason = body.optionalText("reason", .reason)
        // Read-only members are accepted, so that a client can send back the response of GET unchanged.
        let said = body.optionalText("name", .person, "The person of the path, in the spelling to show.")
        if let said, Person(said) != Person(inPath) {
            body.refuse("name", "The path names \(inPath). Send the same name in path and body.")
        }
        put = PutDocument(
            name: said.map { Person($0).name } ?? inPath, content: content, reason: reason)
        _ = body.integer("version", in: 1...1 << 53)
        _ = body.moment("updated_at")
        _ = body.optionalText("updated_by", .name)
        _ = body.moment("deleted_at")
    }

    public var key: String { PersonPage.key(of: put.name) }

    public func decide(
        opening number: Int, _ given: Circumstances<Document>
    ) throws(Refusal) -> Decision<Document> {
        try put.decide(given)
    }

    public func decide(
        on document: Document, _ given: Circumstances<Document>
    ) throws(Refusal) -> Decision<Document> {
        try put.decide(on: document, given)
    }
}

/// Hides a person's page.
public struct DeletePerson: RequestedAction {
    public static let name = "deletePerson"

    public init(from body: BodyReader) throws(Refusal) {
        _ = try body.personOfPath()
    }

    public func decide(
        on document: Document, _ given: Circumstances<Document>
    ) throws(Refusal) -> Decision<Document> {
        try document.delete(given)
    }
}

extension StreamName {
    /// The page of a person, by any spelling of the name.
    public init(person name: String) {
        self = .key(PersonPage.key(of: name))
    }
}
