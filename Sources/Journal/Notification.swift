import Model
import Time

/// What a message tells people, in no format yet: each kind of webhook formats it for its target (`Outbound`).
///
/// Titles, names, texts and drafts are as people wrote them. A kind escapes them for its target.
public struct Notification: Sendable, Equatable {
    /// The incident, as of the entry that the message announces.
    public struct Subject: Sendable, Equatable {
        /// `INC-42`.
        public var ref: String
        /// The opaque id: the same in all messages about the incident, also after a restore.
        public var id: String
        /// `critical`.
        public var severity: String
        /// How it stands; `nil` for a confidential one.
        public var words: Words?

        public init(ref: String, id: String, severity: String, words: Words?) {
            self.ref = ref
            self.id = id
            self.severity = severity
            self.words = words
        }
    }

    /// How an incident stands.
    public struct Words: Sendable, Equatable {
        public var title: String
        /// `mitigating`.
        public var status: String
        public var lastUpdateAt: Timestamp?

        public init(title: String, status: String, lastUpdateAt: Timestamp?) {
            self.title = title
            self.status = status
            self.lastUpdateAt = lastUpdateAt
        }
    }

    /// Someone who is asked to act.
    public struct Asked: Sendable, Equatable {
        public var person: String
        /// `communicator`.
        public var role: String
        /// Names in other systems, from the person's page: `["slack": "U1"]`.
        public var handles: [String: String]

        public init(person: String, role: String, handles: [String: String]) {
            self.person = person
            self.role = role
            self.handles = handles
        }
    }

    /// Something that a button does. The URL is signed: anyone who has it may POST to it, once or again, for a day.
    public struct Button: Sendable, Equatable {
        /// At most 20 characters of ASCII.
        public var label: String
        public var url: String

        public init(label: String, url: String) {
            self.label = label
            self.url = url
        }
    }

    public var type: EventType
    /// `nil` for a test.
    public var subject: Subject?
    /// What is asked, or what happened, without words that people wrote: `status update overdue by 7 min`.
    public var matter: String
    /// At most 120 characters: the incident's ref and severity, the matter, and who is asked, as far as names fit.
    public var headline: String
    /// Empty for a message that asks no one.
    public var asked: [Asked]
    /// Number of the nag; 0 for other messages.
    public var number: Int
    /// The deadline that the message is about; `nil` for none.
    public var dueAt: Timestamp?
    /// The text of the entry that is announced; `nil` for none.
    public var text: String?
    /// A draft of the status update that is asked for; `nil` for none.
    public var draft: String?
    /// The incident in a few lines, for someone who is called in; `nil` for others.
    public var brief: String?
    /// Where the incident is shown.
    public var link: String
    public var buttons: [Button]
    /// When the message was created: the same in every attempt.
    public var createdAt: Timestamp

    public init(
        type: EventType, subject: Subject?, matter: String, headline: String, asked: [Asked], number: Int,
        dueAt: Timestamp?, text: String?, draft: String?, brief: String?, link: String, buttons: [Button],
        createdAt: Timestamp
    ) {
        self.type = type
        self.subject = subject
        self.matter = matter
        self.headline = headline
        self.asked = asked
        self.number = number
        self.dueAt = dueAt
        self.text = text
        self.draft = draft
        self.brief = brief
        self.link = link
        self.buttons = buttons
        self.createdAt = createdAt
    }
}
