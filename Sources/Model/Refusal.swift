import Time

/// A problem type (RFC 9457), declared next to the rule that refuses.
public struct ProblemType: Hashable, Sendable, CustomStringConvertible {
    /// The last segment of `type`: `severity-only-rises`.
    public let slug: String
    /// HTTP status code.
    public let status: Int
    public let title: String
    /// The first half of its page.
    public let meaning: String
    /// The second half of its page.
    public let remedy: String

    public init(_ slug: String, _ status: Int, _ title: String, means meaning: String, remedy: String) {
        self.slug = slug
        self.status = status
        self.title = title
        self.meaning = meaning
        self.remedy = remedy
    }

    public var description: String { slug }

    /// Compares the status first: a slug has one status, and most pairs differ in it.
    public static func == (left: ProblemType, right: ProblemType) -> Bool {
        left.status == right.status && left.slug == right.slug
    }
    public func hash(into hasher: inout Hasher) { hasher.combine(slug) }

    public static let validation = ProblemType(
        "validation", 422, "A value is invalid",
        means: "errors names each invalid member by JSON pointer and the accepted values.",
        remedy: "Correct each member that errors points to. Nothing was written.")

    public static let malformedJSON = ProblemType(
        "malformed-json", 400, "Malformed JSON",
        means: "The body is not valid JSON (RFC 8259) or repeats a member. The detail gives the position.",
        remedy: "Use a JSON serializer to write the body. curl --json @file sends a file unchanged.")

    public static let notFound = ProblemType(
        "not-found", 404, "Not found",
        means: "Nothing exists at this path.",
        remedy:
            "Check the ref or id: GET /v1/incidents?state=all lists the incidents, GET …/timeline the entries of one."
    )
}

/// Why a rule refuses a request.
public struct Refusal: Error, Sendable, Equatable {
    /// The current value, for the problem's `current`.
    public enum Current: Sendable, Equatable {
        case text(String)
        /// Seqs of entries of the stream.
        case seqs([Int])
        /// The version of the stream.
        case version(Validator)
        /// An object with one time, or `null`, by the member's name.
        case moment(String, Timestamp?)
        /// An object as encoded JSON, whose tag is shown.
        case object([UInt8])
        /// Encoded JSON, which is shown itself.
        case shown([UInt8])
    }

    /// An invalid member.
    public struct Flaw: Sendable, Equatable {
        /// JSON pointer after `#` (RFC 6901).
        public var pointer: String
        /// What would be valid.
        public var detail: String
        /// What else a program may want to know of it.
        public var members: [Member]

        public init(_ pointer: String, _ detail: String, _ members: [Member] = []) {
            self.pointer = pointer
            self.detail = detail
            self.members = members
        }

        /// A further member, shown after the two.
        public struct Member: Sendable, Equatable {
            public var name: String
            public var value: String

            public init(_ name: String, _ value: String) {
                self.name = name
                self.value = value
            }
        }
    }

    /// A suggested next call. The API adds the path, so that a link always refers to an existing route.
    public struct Link: Sendable, Equatable {
        /// `operationId`: an action's `name`, or that of a read.
        public var operation: String
        /// Values of the path parameters after the stream's own.
        public var parameters: [String]
        /// The query, with its `?`.
        public var query: String
        /// What the call does.
        public var detail: String
        public var body: SuggestedBody?

        public init(
            _ operation: String, _ parameters: String..., query: String = "", detail: String,
            body: SuggestedBody? = nil
        ) {
            self.operation = operation
            self.parameters = parameters
            self.query = query
            self.detail = detail
            self.body = body
        }

        /// Links to an action; `parameters` are the path parameters after the stream's own.
        public init(
            _ action: any Action.Type, _ parameters: String..., detail: String, body: SuggestedBody? = nil
        ) {
            operation = action.name
            self.parameters = parameters
            query = ""
            self.detail = detail
            self.body = body
        }
    }

    public var type: ProblemType
    /// What happened, then what to do.
    public var detail: String
    public var current: Current?
    /// The allowed values.
    public var allowed: [String]
    public var flaws: [Flaw]
    public var links: [Link]
    /// The stream that links refer to; set where it is thrown.
    public var stream: StreamID?
    /// When a retry may succeed; rounded up to whole seconds.
    public var retryAfter: Duration?
    /// The internal cause, for the log only.
    public var cause: String?

    public init(
        _ type: ProblemType, _ detail: String, current: Current? = nil, allowed: [String] = [],
        flaws: [Flaw] = [],
        links: [Link] = [], retryAfter: Duration? = nil, cause: String? = nil
    ) {
        self.type = type
        self.detail = detail
        self.current = current
        self.allowed = allowed
        self.flaws = flaws
        self.links = links
        self.retryAfter = retryAfter
        self.cause = cause
    }

    /// Upper bound of the members an answer lists; a request may have a thousand invalid ones.
    private static let flawsMax = 50

    /// A `validation` refusal with several invalid members.
    public static func invalid(_ flaws: [Flaw]) -> Refusal {
        let first = flaws.first.map { "\($0.pointer): \($0.detail)" } ?? ""
        let more = flaws.count > 1 ? " And \(flaws.count - 1) more: see errors." : ""
        return Refusal(.validation, first + more, flaws: Array(flaws.prefix(flawsMax)))
    }

    /// A `validation` refusal with one invalid member.
    public static func invalid(_ pointer: String, _ detail: String, links: [Link] = []) -> Refusal {
        Refusal(.validation, "\(pointer): \(detail)", flaws: [Flaw(pointer, detail)], links: links)
    }
}
