import Model
import Time

/// A person's page: contacts and abilities.
public struct PersonPage: DocumentContent {
    public static let kind = "people"
    /// Upper bound of handles and of abilities on a page.
    static let listMax = 50

    /// How to reach the person; printed in every nag unless a role has a contact: `tel:+49…`.
    public var contact: String?
    public var backupContact: String?
    /// Names in other systems, by system: `slack`, `U1`.
    public var handles: [String: String]
    /// `rollback`, `cloud`, `status_page`, `dns`, `database`, `billing`, or any other words.
    public var can: [String]
    public var awayUntil: Timestamp?

    /// For SQL, which has no canonical equivalence: an ASCII form in which two spellings that Swift compares as equal are the same bytes.
    public static func comparable(_ name: String) -> String {
        Person(name).key.reduce(into: "") { text, byte in
            switch byte {
            case 0x21...0x24, 0x26...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%" + String(byte, radix: 16)
            }
        }
    }
}

extension PersonPage {
    public init(from words: ObjectReader) throws(FieldError) {
        contact = try words.read("contact")
        backupContact = try words.read("backup_contact")
        handles = [:]
        if let object = try words.object("handles") {
            for system in object.names(samples: ["slack"]) { handles[system] = try object.read(system) }
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
                for (system, handle) in handles.sorted(by: {
                    $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
                }) {
                    words.write(key: system, handle)
                }
            })
        words.write("can", can)
        words.write("away_until", awayUntil)
    }

    init(from body: BodyReader) {
        contact = body.optionalText(
            "contact", .short, "The contact that nags print if the person's role has none.")
        backupContact = body.optionalText("backup_contact", .short)
        handles = body.handles()
        can = body.optionalTexts(
            "can", .name, countMax: PersonPage.listMax,
            "`rollback`, `cloud`, `status_page`, `dns`, `database`, `billing`, or any other name.")
        awayUntil = body.moment("away_until")
    }
}

extension BodyReader {
    fileprivate func handles() -> [String: String] {
        let handles = map("handles", noun: "handle", of: .name, countMax: PersonPage.listMax)
        return Dictionary(handles.map { ($0, $1 ?? "") }, uniquingKeysWith: { first, _ in first })
    }

    /// The person named in the path.
    func personOfPath() throws(Refusal) -> String {
        try path(
            "name", sample: "bob",
            otherwise: "A person's name is one line of at most 200 bytes, as in people/bob."
        ) {
            TextConstraint.person.flaw(of: $0) == nil ? $0 : nil
        }
    }
}

/// Replaces a person's page as a whole.
public struct PutPerson: RequestedPut {
    public static let name = "putPerson"

    let put: PutDocument<PersonPage>

    public init(from body: BodyReader) throws(Refusal) {
        let name = try body.personOfPath()
        put = PutDocument(
            name: name, content: PersonPage(from: body), reason: body.optionalText("reason", .reason))
        // Read-only members are accepted, so that a client can send back the response of GET unchanged.
        if let said = body.optionalText("name", .person, "The same as in the path."),
            Person(said) != Person(name)
        {
            body.refuse("name", "The path names \(name). Send the same name in path and body.")
        }
        _ = body.integer("version", in: 1...1 << 53)
        _ = body.moment("updated_at")
        _ = body.optionalText("updated_by", .person)
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
