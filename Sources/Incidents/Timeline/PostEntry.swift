import Model
import Time

/// An entry kind that people write: the payload has the data that rules read; the rest is stored as sent.
public protocol PostedPayload: EntryPayload<Incident> {
    /// Reads the data that rules need, which become facts. `claimedAt` is the time claimed by the sender, if it was ahead of the
    /// service's clock.
    init(from data: BodyReader, claimedAt: Timestamp?)
    var claimedAt: Timestamp? { get set }
}

// Swift does not convert `any PostedPayload` implicitly.
extension PostedPayload {
    fileprivate var asEntry: any EntryPayload<Incident> { self }
    static var asEntry: any EntryPayload<Incident>.Type { self }
}

extension PostedPayload {
    public static func isProgress(on incident: Incident, by author: Person) -> Bool { true }
}

/// A kind without data that rules read.
public protocol PlainPayload: PostedPayload {
    init(claimedAt: Timestamp?)
}

extension PlainPayload {
    public static var shapesState: Bool { false }

    public init(from data: BodyReader, claimedAt: Timestamp?) {
        self.init(claimedAt: claimedAt)
    }

    public init(from fields: FieldReader) throws(FieldError) {
        self.init(claimedAt: try fields.facts.read("claimed_at"))
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("claimed_at", claimedAt)
    }
}

/// Posts an entry (domain.md, section 5).
public struct PostEntry: RequestedAction {
    public static let name = "postEntry"

    /// The kinds that people write; other kinds are refused.
    public static let payloads: [any PostedPayload.Type] = [
        Note.self, Finding.self, Hypothesis.self, ChangeMade.self, DecisionMade.self, Todo.self,
    ]

    /// Upper bound of an entry's `data`, in bytes.
    public static let dataBytesMax = 8 << 10

    public var payload: any PostedPayload
    public var text: String
    /// When it happened; `nil` for now.
    public var occurredAt: Timestamp?
    public var visibility: Visibility
    public var source: Source?
    /// The rest of its data, as one compact JSON object.
    public var rest: [UInt8]
    /// For an edited chat message: corrects the entry from the same source if its text differs. `nil` for a message that does not
    /// replace.
    public var replaces: Replacement?

    public init(
        _ payload: any PostedPayload, text: String, occurredAt: Timestamp? = nil,
        visibility: Visibility = .internal, source: Source? = nil, rest: [UInt8] = [],
        replaces: Replacement? = nil
    ) {
        self.payload = payload
        self.text = text
        self.occurredAt = occurredAt
        self.visibility = visibility
        self.source = source
        self.rest = rest
        self.replaces = replaces
    }

    public init(from body: BodyReader) {
        let type = PostEntry.payload(of: body)
        let text = body.text("text", .text)
        let (payload, rest) = PostEntry.data(of: body, for: type)
        let occurredAt = body.moment("occurred_at")
        let visibility = body.choice("visibility", of: Visibility.self)
        let source = body.object("source") { source in
            Source(
                system: source.text("system", .name), ref: source.text("ref", .name),
                url: source.optionalText("url", .link))
        }
        let replaces = body.bool(
            "replaces", default: false,
            "If true, a different text corrects the existing entry from the same `source`.")
        if replaces, source == nil {
            body.refuse("replaces", "It requires source, which identifies the entry to correct.")
        }
        self.init(
            payload, text: text, occurredAt: occurredAt, visibility: visibility ?? .internal, source: source,
            rest: rest,
            replaces: replaces
                ? Replacement(kind: body.has("kind") ? type.kind : nil, visibility: visibility) : nil)
    }

    private static func payload(of body: BodyReader) -> any PostedPayload.Type {
        func names() -> [String] { payloads.map { $0.kind.rawValue } }
        return body.optional(
            "kind", .word(names()),
            otherwise:
                "It must be one of \(names().joined(separator: ", ")); the service writes the other kinds."
        ) { name in
            payloads.first { $0.kind == EntryKind(rawValue: asciiLowercased(name)) }
        } ?? Note.self
    }

    /// The data that rules read, and the rest.
    private static func data(
        of body: BodyReader, for type: any PostedPayload.Type
    ) -> (any PostedPayload, [UInt8]) {
        func note() -> String {
            let states = Hypothesis.Standing.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            let suspects = Hypothesis.Suspect.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            return "A finding has `confirmed` (false by default), a change `complete` (true by default), "
                + "a hypothesis `state`: \(states), and `suspect`: \(suspects), with `changed_at`; "
                + "a todo `owner`, a person, and `minutes`, 1 to 240."
        }
        return body.data("data", bytesMax: dataBytesMax, refused: ["claimed_at"], note()) { data in
            type.init(from: data, claimedAt: nil)
        }
    }

    public var message: (source: Source, text: String)? { source.map { ($0, text) } }

    public func replacing(_ seq: Int) -> (any Action<Incident>)? {
        replaces.map { Correct(of: seq, text: text, message: $0) }
    }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        var warnings: [Warning] = []
        let occurred = try settle(occurredAt, "#/occurred_at", at: given.now, &warnings) ?? given.now
        var payload = payload
        if !warnings.isEmpty { payload.claimedAt = occurredAt }
        if saysNoSteps(given.policy.lint.stepWords) { warnings.append(.saysNoSteps) }
        return Decision(
            [
                NewEntry(
                    payload.asEntry, text, at: occurred, visibility: visibility, source: source, rest: rest,
                    dedupKey: source.map { .source(system: $0.system, ref: $0.ref) })
            ], warnings: warnings)
    }
}
