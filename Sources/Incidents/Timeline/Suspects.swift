import Model
import Time

// What an incident lists of its timeline: suspected causes, and what is still to be done.

extension Incident {
    /// A hypothesis that names what changed.
    public struct Suspect: Sendable, Equatable {
        public let seq: Int
        public let suspect: Hypothesis.Suspect
        public internal(set) var state: Hypothesis.Standing
        /// When it changed, if known.
        public internal(set) var changedAt: Timestamp?

        func moved(by step: ClockStep) -> Suspect {
            var moved = self
            moved.changedAt = changedAt.map(step.past)
            return moved
        }
    }

    /// A todo that is neither done nor dropped.
    public struct OpenTodo: Sendable, Equatable {
        public let seq: Int
        public let owner: Person?
        /// `nil` when the todo has no time.
        public internal(set) var dueAt: Timestamp?

        func moved(by step: ClockStep) -> OpenTodo {
            var moved = self
            moved.dueAt = dueAt.map(step.moved)
            return moved
        }
    }

    /// Upper bound of suspects, and of todos.
    static let listedMax = 50

    /// Lists a suspect, in the place of the first that was ruled out, else of the oldest that is not confirmed, once the list is full.
    mutating func list(_ suspect: Suspect) {
        if suspects.count == Incident.listedMax {
            let least =
                suspects.firstIndex { $0.state == .ruledOut }
                ?? suspects.firstIndex { $0.state != .confirmed }
            suspects.remove(at: least ?? 0)
        }
        suspects.append(suspect)
    }

    /// Lists a todo, in the place of the oldest once the list is full.
    mutating func list(_ todo: OpenTodo) {
        if todos.count == Incident.listedMax { todos.removeFirst() }
        todos.append(todo)
    }

    /// Applies the end state of a hypothesis or a todo. Returns whether a listed one changed.
    mutating func settleListed(_ seq: Int, _ state: Confirmation.EndState) -> Bool {
        switch state {
        case .confirmed, .ruledOut:
            guard let index = suspects.firstIndex(where: { $0.seq == seq }) else { return false }
            suspects[index].state = state == .confirmed ? .confirmed : .ruledOut
            return true
        case .done, .dropped: return unlist(seq)
        }
    }

    /// Takes an entry off the lists. Returns whether it was there.
    mutating func unlist(_ seq: Int) -> Bool {
        if let index = suspects.firstIndex(where: { $0.seq == seq }) {
            suspects.remove(at: index)
            return true
        }
        guard let index = todos.firstIndex(where: { $0.seq == seq }) else { return false }
        todos.remove(at: index)
        return true
    }
}

extension DeployQuery {
    /// How long before a declaration a deploy is suspected.
    static let suspectedFor: Duration = .seconds(3_600)
    /// Upper bound of the suspects that a declaration lists.
    static let suspectsMax = 10

    /// The deploys that an incident suspects when it is declared.
    static func suspects(in scope: DeployScope, at now: Timestamp) -> DeployQuery {
        DeployQuery(scope: scope, since: now - suspectedFor, until: now, limit: suspectsMax)
    }
}

extension Circumstances<Incident> {
    /// The hypotheses about the deploys before a declaration.
    var suspectedDeploys: [NewEntry<Incident>] {
        deploys.map { deploy in
            let what = deploy.scope.isEverything ? deploy.what : "\(deploy.what) of \(deploy.scope.name)"
            var entry = self.entry(
                Hypothesis(.open, suspect: .deploy, changedAt: deploy.at),
                "\(deploy.author.name) deployed \(what) at \(deploy.at.rfc3339)")
            entry.author = .service
            return entry
        }
    }
}
