/// A kind of problem (RFC 9457), declared beside the rule that refuses.
public struct ProblemType: Hashable, Sendable, CustomStringConvertible {
    /// The last segment of `type`: `severity-only-rises`.
    public let slug: String
    /// The status code of its answers.
    public let status: Int
    public let title: String
    /// What it means: the first half of its page.
    public let meaning: String
    /// What to do about it: the second half of its page.
    public let remedy: String

    public init(_ slug: String, _ status: Int, _ title: String, means meaning: String, remedy: String) {
        self.slug = slug
        self.status = status
        self.title = title
        self.meaning = meaning
        self.remedy = remedy
    }

    public var description: String { slug }

    /// A slug has one status, and most pairs differ in it already.
    public static func == (left: ProblemType, right: ProblemType) -> Bool {
        left.status == right.status && left.slug == right.slug
    }
    public func hash(into hasher: inout Hasher) { hasher.combine(slug) }

    public static let validation = ProblemType(
        "validation", 422, "A value does not fit",
        means: "errors names each member, by JSON pointer, and what would fit.",
        remedy: "Correct each member that errors points to. Nothing was written.")
}

/// Why a rule refuses.
public struct Refusal: Error, Sendable, Equatable {
    /// What stands now.
    public enum Current: Sendable, Equatable {
        case text(String)
        case seqs([Int])
    }

    /// One member that does not fit.
    public struct Flaw: Sendable, Equatable {
        /// The member, as a JSON pointer after `#` (RFC 6901).
        public var pointer: String
        /// What would fit.
        public var detail: String

        public init(_ pointer: String, _ detail: String) {
            self.pointer = pointer
            self.detail = detail
        }
    }

    /// What to call instead: an operation by its name, so that no message can name a path that does not exist.
    public struct Link: Sendable, Equatable {
        /// `operationId`: an action's `name`, or that of a read.
        public var operation: String
        /// The values of the path's parameters behind the stream's own.
        public var parameters: [String]
        /// The query, with its `?`.
        public var query: String
        public var detail: String

        public init(_ operation: String, _ parameters: String..., query: String = "", detail: String) {
            self.operation = operation
            self.parameters = parameters
            self.query = query
            self.detail = detail
        }
    }

    public var type: ProblemType
    /// What happened, then what to do.
    public var detail: String
    public var current: Current?
    /// The values that are allowed.
    public var allowed: [String]
    public var flaws: [Flaw]
    public var links: [Link]

    public init(
        _ type: ProblemType, _ detail: String, current: Current? = nil, allowed: [String] = [],
        flaws: [Flaw] = [],
        links: [Link] = []
    ) {
        self.type = type
        self.detail = detail
        self.current = current
        self.allowed = allowed
        self.flaws = flaws
        self.links = links
    }

    /// A value that does not fit.
    public static func invalid(_ pointer: String, _ detail: String, links: [Link] = []) -> Refusal {
        Refusal(.validation, "\(pointer): \(detail)", flaws: [Flaw(pointer, detail)], links: links)
    }
}
