import Incidents
import JSON
import Time

/// A stored entry that does not read as one: the journal was damaged, or a newer version wrote it.
public struct UnreadableEntry: Error, Sendable, Equatable {
    /// Its position.
    public let position: Int
    /// What is missing or odd.
    public let detail: String
}

/// What a reader sees where words were erased.
public let redacted = "[redacted]"

extension StoredEntry {
    /// The entry as the fold reads it. What was redacted reads `[redacted]`.
    public func folded() throws(UnreadableEntry) -> Entry {
        Entry(
            seq: seq, author: Person(author), occurredAt: occurredAt, recordedAt: recordedAt,
            visibility: visibility,
            event: try event())
    }

    /// The entry's text; `[redacted]` once erased.
    public func text() throws(UnreadableEntry) -> String {
        guard let words else { return redacted }
        return try Fields(words, at: position).string("text")
    }

    private func event() throws(UnreadableEntry) -> Event {
        // The fold needs nothing of plain words, and there are many of them.
        switch kind {
        case .note: return .posted(Posted(kind: .note, claimedAt: nil, data: []))
        case .decision: return .posted(Posted(kind: .decision, claimedAt: nil, data: []))
        case .todo: return .posted(Posted(kind: .todo, claimedAt: nil, data: []))
        default: break
        }
        let facts = try Fields(facts, at: position)
        switch kind {
        case .note, .decision, .todo:
            return .posted(Posted(kind: .note, claimedAt: nil, data: []))
        case .finding:
            return .posted(
                Posted(kind: .finding(confirmed: try facts.bool("confirmed")), claimedAt: nil, data: []))
        case .hypothesis:
            return .posted(
                Posted(kind: .hypothesis(try facts.choice("state")), claimedAt: nil, data: []))
        case .change:
            return .posted(
                Posted(kind: .change(complete: try facts.bool("complete")), claimedAt: nil, data: []))
        case .declared:
            return .declared(try declared(facts, try wordsData()))
        case .edited:
            return .edited(try edit(facts, try wordsData()))
        case .statusChanged:
            return .statusChanged(
                from: try facts.choice("from"), to: try facts.choice("to"), reason: try reason())
        case .severityRaised:
            return .severityRaised(
                from: try facts.choice("from"), to: try facts.choice("to"), beat: try facts.beat(),
                reason: try reason())
        case .severityDisputed:
            return .severityDisputed(
                current: try facts.choice("current"), claims: try facts.choice("claims"),
                reason: try reason() ?? redacted)
        case .roleAssigned:
            return .roleAssigned(
                try facts.choice("role"), Person(try facts.string("person")),
                previous: try facts.optionalString("previous").map(Person.init),
                contact: try wordsData()?.optionalString("contact"))
        case .roleReleased:
            return .roleReleased(try facts.choice("role"), previous: Person(try facts.string("previous")))
        case .updatePublished:
            return .updatePublished(try update(facts))
        case .nagSent:
            return .nagSent(try nag(facts))
        case .resolved:
            return .resolved(
                from: try facts.choice("from"), override: try facts.bool("override"), reason: try reason())
        case .cancelled:
            return .cancelled(from: try facts.choice("from"), try cancellation(facts))
        case .reopened:
            return .reopened(
                from: try facts.choice("from"), episode: try facts.integer("episode"), beat: try facts.beat(),
                reason: try reason())
        }
    }

    /// `words.data`; empty when there is none, `nil` once erased.
    private func wordsData() throws(UnreadableEntry) -> Fields? {
        guard let words else { return nil }
        return try Fields(words, at: position).object("data") ?? Fields(JSONObject(), at: position)
    }

    private func reason() throws(UnreadableEntry) -> String? {
        try wordsData()?.optionalString("reason")
    }

    private func declared(_ facts: Fields, _ data: Fields?) throws(UnreadableEntry) -> Declared {
        var details = Declared.Details(title: try data?.string("title") ?? redacted)
        details.startedAt = try facts.optionalMoment("started_at")
        details.detectedAt = try facts.optionalMoment("detected_at")
        if let roles = try facts.object("roles") {
            let contacts = try data?.object("contacts")
            for member in roles.members {
                guard let role = Role(rawValue: member.name) else { throw roles.odd(member.name) }
                details.roles[role] = Declared.Holder(
                    person: Person(try roles.string(member.name)),
                    contact: try contacts?.optionalString(member.name))
            }
        }
        if let data {
            details.impact = try data.optionalString("impact")
            details.workaround = try data.optionalString("workaround")
            details.restoredWhen = try data.optionalString("restored_when")
            details.nextAction = try data.nextAction()
            details.channel = try data.optionalString("channel")
            for (key, value) in try data.labels() {
                details.labels[key] = value
            }
            details.links = try data.links()
        }
        return Declared(
            id: Incident.ID(""), number: try facts.integer("number"), severity: try facts.choice("severity"),
            details: details, beat: try facts.beat())
    }

    private func edit(_ facts: Fields, _ data: Fields?) throws(UnreadableEntry) -> Edit {
        var edit = Edit()
        let fields = try facts.strings("fields")
        edit.startedAt = try facts.patch("started_at") { fields throws(UnreadableEntry) in
            try fields.moment("started_at")
        }
        edit.detectedAt = try facts.patch("detected_at") { fields throws(UnreadableEntry) in
            try fields.moment("detected_at")
        }
        edit.reviewedSeverity = try facts.patch("reviewed_severity") { fields throws(UnreadableEntry) in
            try fields.choice("reviewed_severity")
        }
        guard let data else {
            if fields.contains("title") { edit.title = .set(redacted) }
            if fields.contains("impact") { edit.impact = .set(redacted) }
            if fields.contains("workaround") { edit.workaround = .set(redacted) }
            if fields.contains("restored_when") { edit.restoredWhen = .set(redacted) }
            if fields.contains("next_action") { edit.nextAction = .set(.init(text: redacted, owner: nil)) }
            if fields.contains("channel") { edit.channel = .set(redacted) }
            if fields.contains("links") { edit.links = .clear }
            return edit
        }
        edit.title = try data.textPatch("title")
        edit.impact = try data.textPatch("impact")
        edit.workaround = try data.textPatch("workaround")
        edit.restoredWhen = try data.textPatch("restored_when")
        edit.channel = try data.textPatch("channel")
        edit.nextAction = try data.patch("next_action") { fields throws(UnreadableEntry) in
            try fields.nextAction() ?? .init(text: redacted, owner: nil)
        }
        edit.links = try data.patch("links") { fields throws(UnreadableEntry) in try fields.links() }
        for (key, value) in try data.labels() {
            edit.labels.updateValue(value, forKey: key)
        }
        return edit
    }

    private func update(_ facts: Fields) throws(UnreadableEntry) -> UpdatePublished {
        UpdatePublished(
            audience: try facts.choice("audience"), slot: try facts.string("slot"),
            counts: try facts.bool("counts"),
            dueAt: try facts.optionalMoment("met_due_at"),
            lateBySeconds: try facts.optionalInteger("late_by_seconds"),
            beat: facts.has("due_at") ? try facts.beat() : nil,
            promisedAt: try facts.optionalMoment("promised_at"),
            basisSeq: try facts.optionalInteger("basis_seq"),
            etaBasis: try facts.optionalInteger("eta_basis"),
            template: try facts.optionalString("template"), forced: try facts.bool("forced"),
            claimedAt: try facts.optionalMoment("claimed_at"))
    }

    private func nag(_ facts: Fields) throws(UnreadableEntry) -> NagSent {
        var to: [NagSent.Recipient] = []
        for recipient in try facts.objects("to") {
            to.append(
                .init(role: try recipient.string("role"), person: Person(try recipient.string("person"))))
        }
        return NagSent(
            about: try facts.string("about"), dueAt: try facts.moment("due_at"),
            number: try facts.integer("number"),
            to: to, breached: try facts.bool("breached"))
    }

    private func cancellation(_ facts: Fields) throws(UnreadableEntry) -> Cancellation {
        if try facts.string("reason") == Cancellation.falseAlarm.reason { return .falseAlarm }
        guard let number = Incident.number(inRef: try facts.string("duplicate_of")) else {
            throw facts.odd("duplicate_of")
        }
        return .duplicate(of: number)
    }
}

/// The members of a stored object, read with the entry's position at hand for the message.
private struct Fields {
    let object: JSONObject
    let position: Int

    init(_ object: JSONObject, at position: Int) {
        self.object = object
        self.position = position
    }

    init(_ bytes: [UInt8], at position: Int) throws(UnreadableEntry) {
        do throws(JSONFault) {
            guard case .object(let object) = try JSONReader.read(bytes, limits: .stored) else {
                throw JSONFault(offset: 0, reason: "not an object")
            }
            self.init(object, at: position)
        } catch {
            throw UnreadableEntry(position: position, detail: "not a JSON object: \(error.reason)")
        }
    }

    var members: [JSONObject.Member] { object.members }

    func odd(_ name: String) -> UnreadableEntry {
        UnreadableEntry(position: position, detail: "the member \"\(name)\" is missing or odd")
    }

    func has(_ name: String) -> Bool {
        object[name] != nil
    }

    func string(_ name: String) throws(UnreadableEntry) -> String {
        guard case .string(let value)? = object[name] else { throw odd(name) }
        return value
    }

    func optionalString(_ name: String) throws(UnreadableEntry) -> String? {
        switch object[name] {
        case nil, .null?: return nil
        default: return try string(name)
        }
    }

    func strings(_ name: String) throws(UnreadableEntry) -> [String] {
        guard case .array(let values)? = object[name] else { throw odd(name) }
        var strings: [String] = []
        for value in values {
            guard case .string(let string) = value else { throw odd(name) }
            strings.append(string)
        }
        return strings
    }

    func bool(_ name: String) throws(UnreadableEntry) -> Bool {
        guard case .bool(let value)? = object[name] else { throw odd(name) }
        return value
    }

    func integer(_ name: String) throws(UnreadableEntry) -> Int {
        guard case .integer(let value)? = object[name] else { throw odd(name) }
        return Int(value)
    }

    func optionalInteger(_ name: String) throws(UnreadableEntry) -> Int? {
        switch object[name] {
        case nil, .null?: return nil
        default: return try integer(name)
        }
    }

    func moment(_ name: String) throws(UnreadableEntry) -> Timestamp {
        do {
            return try Timestamp(rfc3339: try string(name))
        } catch {
            throw odd(name)
        }
    }

    func optionalMoment(_ name: String) throws(UnreadableEntry) -> Timestamp? {
        switch object[name] {
        case nil, .null?: return nil
        default: return try moment(name)
        }
    }

    func choice<Choice: RawRepresentable>(_ name: String) throws(UnreadableEntry) -> Choice
    where Choice.RawValue == String {
        guard let choice = Choice(rawValue: try string(name)) else { throw odd(name) }
        return choice
    }

    func object(_ name: String) throws(UnreadableEntry) -> Fields? {
        switch object[name] {
        case nil: return nil
        case .object(let object)?: return Fields(object, at: position)
        default: throw odd(name)
        }
    }

    func objects(_ name: String) throws(UnreadableEntry) -> [Fields] {
        switch object[name] {
        case nil: return []
        case .array(let values)?:
            var objects: [Fields] = []
            for value in values {
                guard case .object(let object) = value else { throw odd(name) }
                objects.append(Fields(object, at: position))
            }
            return objects
        default: throw odd(name)
        }
    }

    func beat() throws(UnreadableEntry) -> Beat {
        guard case .array(let steps)? = object["nag_steps_seconds"] else { throw odd("nag_steps_seconds") }
        var nagSteps: [Duration] = []
        for step in steps {
            guard case .integer(let seconds) = step else { throw odd("nag_steps_seconds") }
            nagSteps.append(.seconds(seconds))
        }
        return Beat(
            interval: .seconds(try integer("interval_seconds")), dueAt: try moment("due_at"),
            nagSteps: nagSteps,
            nagMax: try integer("nag_max"), dueSoonAt: try optionalMoment("due_soon_at"))
    }

    func nextAction() throws(UnreadableEntry) -> Incident.NextAction? {
        guard has("next_action"), let action = try object("next_action") else { return nil }
        return Incident.NextAction(text: try action.string("text"), owner: try action.optionalString("owner"))
    }

    func labels() throws(UnreadableEntry) -> [(String, String?)] {
        guard let labels = try object("labels") else { return [] }
        var pairs: [(String, String?)] = []
        for member in labels.members {
            pairs.append((member.name, try labels.optionalString(member.name)))
        }
        return pairs
    }

    func links() throws(UnreadableEntry) -> [Incident.Link] {
        var links: [Incident.Link] = []
        for link in try objects("links") {
            links.append(.init(url: try link.string("url"), title: try link.optionalString("title")))
        }
        return links
    }

    func textPatch(_ name: String) throws(UnreadableEntry) -> Patch<String> {
        try patch(name) { fields throws(UnreadableEntry) in try fields.string(name) }
    }

    func patch<Value>(
        _ name: String, _ read: (Fields) throws(UnreadableEntry) -> Value
    ) throws(UnreadableEntry) -> Patch<Value> {
        switch object[name] {
        case nil: return .keep
        case .null?: return .clear
        default: return .set(try read(self))
        }
    }
}
