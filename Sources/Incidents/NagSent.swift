import Time

/// A nag as it was sent.
public struct NagSent: Sendable, Equatable {
    /// What a nag asks for (domain.md, section 6).
    public enum About: String, CaseIterable, Sendable {
        /// A status update, past its deadline.
        case update
        /// The decision to resolve or to escalate.
        case decision
        /// Any entry at all: nobody has written for long.
        case noProgress = "no_progress"
    }

    /// Someone a nag is for, and in which role: a `Role`'s word, or `declarer`.
    public struct Recipient: Sendable, Equatable {
        /// The role's word.
        public var role: String
        /// Who.
        public var person: Person

        /// A person in a role.
        public init(role: String, person: Person) {
            self.role = role
            self.person = person
        }
    }

    /// What it asks for.
    public var about: About
    /// The deadline that was missed.
    public var dueAt: Timestamp
    /// Its number for that deadline: 1…12; always 1 for `noProgress`.
    public var number: Int
    /// Whom it is for, each person once.
    public var to: [Recipient]
    /// Whether the incident is in breach with it; only a nag for an update can say so.
    public var breached: Bool

    /// A nag for a deadline.
    public init(about: About, dueAt: Timestamp, number: Int, to: [Recipient], breached: Bool) {
        self.about = about
        self.dueAt = dueAt
        self.number = number
        self.to = to
        self.breached = breached
    }
}

extension Incident {
    /// Whom nag `number` about something is for: each person once, and never nobody (domain.md, section 6).
    ///
    /// For an update ever more people: the communicator, from nag 2 on the commander too, from nag 3 on everyone in a role. A
    /// vacant communicator falls to the commander, a vacant commander to whoever declared the incident.
    public func recipients(ofNag number: Int, about: NagSent.About = .update) -> [NagSent.Recipient] {
        let commander =
            recipient(.commander) ?? NagSent.Recipient(role: "declarer", person: declaredBy)
        var wanted: [NagSent.Recipient]
        switch about {
        case .update:
            wanted = [recipient(.communicator) ?? commander]
            if number >= 2 { wanted.append(commander) }
            if number >= 3 { wanted += Role.allCases.compactMap(recipient) }
        case .decision:
            wanted = [commander]
        case .noProgress:
            wanted = [commander] + [recipient(.technicalLead)].compactMap(\.self)
        }
        var named: Set<Person> = []
        return wanted.filter { named.insert($0.person).inserted }
    }

    private func recipient(_ role: Role) -> NagSent.Recipient? {
        holder(of: role).map { NagSent.Recipient(role: role.rawValue, person: $0) }
    }
}
