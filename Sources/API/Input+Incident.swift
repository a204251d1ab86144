import Incidents
import JSON
import Model
import Time

extension Input {
    /// How many labels or links an incident may have.
    static let listMax = 50
    /// How many bytes an entry's `data` may have.
    static let dataBytesMax = 8 << 10

    /// What may be said about an incident when it is declared.
    func details() -> Declared.Details {
        var details = Declared.Details(title: text("title", .name))
        details.impact = optionalText("impact", .paragraph)
        details.workaround = optionalText("workaround", .paragraph)
        details.restoredWhen = optionalText("restored_when", .paragraph)
        details.nextAction = nextAction()
        details.startedAt = moment("started_at")
        details.detectedAt = moment("detected_at")
        details.channel = optionalText("channel", .short)
        for (key, value) in labels(mayDrop: false) { details.labels[key] = value ?? "" }
        details.links = links() ?? []
        details.roles = roles()
        return details
    }

    /// The changes of a PATCH: `null` clears, absent stays, labels merge by key, lists are replaced.
    func edit() -> EditIncident {
        var edit = Edited()
        edit.title = patch("title") { text("title", .name) }
        if case .clear = edit.title {
            refuse("title", "A title can be changed but not cleared.")
        }
        edit.impact = patch("impact") { optionalText("impact", .paragraph) }
        edit.workaround = patch("workaround") { optionalText("workaround", .paragraph) }
        edit.restoredWhen = patch("restored_when") { optionalText("restored_when", .paragraph) }
        let nextActionParts = patchNextAction(&edit)
        edit.startedAt = patch("started_at") { moment("started_at") }
        edit.detectedAt = patch("detected_at") { moment("detected_at") }
        edit.channel = patch("channel") { optionalText("channel", .short) }
        edit.reviewedSeverity = patch("reviewed_severity") { severity("reviewed_severity") }
        let dropsLabels = value("labels") == .null
        for (key, value) in labels(mayDrop: true) { edit.labels.updateValue(value, forKey: key) }
        edit.links = patch("links") { links() }
        return EditIncident(edit, dropsLabels: dropsLabels, nextActionParts: nextActionParts)
    }

    private func patch<Value>(_ name: String, _ read: () -> Value?) -> Patch<Value> {
        switch value(name) {
        case nil: .keep
        case .null?: .clear
        default: read().map { .set($0) } ?? .keep
        }
    }

    /// Its parts merge, as objects do in RFC 7396: a text alone leaves the owner.
    private func patchNextAction(_ edit: inout Edited) -> EditIncident.NextActionParts? {
        guard value("next_action") != .null else {
            edit.nextAction = .clear
            return nil
        }
        guard let inner = object("next_action") else { return nil }
        defer { close(inner) }
        return EditIncident.NextActionParts(
            text: inner.patch("text") { inner.optionalText("text", .nextAction) },
            owner: inner.patch("owner") { inner.optionalText("owner", .person) })
    }

    private func nextAction() -> Incident.NextAction? {
        guard let inner = object("next_action") else { return nil }
        defer { close(inner) }
        return Incident.NextAction(
            text: inner.text("text", .nextAction), owner: inner.optionalText("owner", .person))
    }

    /// The labels, those to drop with `nil`.
    private func labels(mayDrop: Bool) -> [(String, String?)] {
        guard let inner = object("labels") else { return [] }
        defer { close(inner) }
        guard inner.members.count <= Input.listMax else {
            refuse("labels", "At most \(Input.listMax) labels are allowed.")
            return []
        }
        // Swift takes "é" in one letter and in two for the same key, and would lose a label without a word.
        var keys: Set<String> = []
        return inner.members.map { member in
            if let flaw = TextConstraint.name.flaw(of: member.name) {
                inner.refuse(member.name, "The label's key: \(flaw)")
            } else if !keys.insert(member.name).inserted {
                inner.refuse(member.name, "Another label's key looks the same; their bytes alone differ.")
            } else if member.value == .null, !mayDrop {
                inner.refuse(member.name, "A label needs a value; it may be empty: \"\".")
            }
            return (member.name, inner.optionalText(member.name, .short))
        }
    }

    private func links() -> [Incident.Link]? {
        switch value("links") {
        case nil, .null?:
            return nil
        case .array(let values)?:
            guard values.count <= Input.listMax else {
                refuse("links", "At most \(Input.listMax) links are allowed.")
                return nil
            }
            return values.enumerated().map { index, value in
                guard case .object(let object) = value else {
                    refuse("links", index, "Each link must be an object: {\"url\", \"title\"}.")
                    return Incident.Link(url: "", title: nil)
                }
                let inner = Input(object, at: "\(pointer("links"))/\(index)")
                defer { close(inner) }
                return Incident.Link(url: inner.text("url", .url), title: inner.optionalText("title", .name))
            }
        default:
            refuse("links", "It must be an array of {\"url\", \"title\"}.")
            return nil
        }
    }

    /// `{"commander": "alice"}`, or with a contact `{"commander": {"person": "alice", "contact": "tel:…"}}`.
    private func roles() -> [Role: Declared.Holder] {
        guard let inner = object("roles") else { return [:] }
        defer { close(inner) }
        var holders: [Role: Declared.Holder] = [:]
        for member in inner.members {
            guard let role = Role(rawValue: member.name) else {
                inner.refuse(member.name, "There is no such role. The roles are \(Role.allNames).")
                continue
            }
            switch member.value {
            case .null:
                continue
            case .object:
                guard let holder = inner.object(member.name) else { continue }
                holders[role] = Declared.Holder(
                    person: holder.person("person"),
                    contact: holder.optionalText("contact", .short))
                inner.close(holder)
            default:
                holders[role] = Declared.Holder(person: inner.person(member.name), contact: nil)
            }
        }
        return holders
    }

    /// Something a person wrote.
    func entry() -> PostEntry {
        let type = entryType()
        let words = text("text", .text)
        let (payload, rest) = data(for: type)
        return PostEntry(
            payload, text: words, occurredAt: moment("occurred_at"),
            visibility: choice("visibility", of: Visibility.self) ?? .internal, source: source(), rest: rest)
    }

    private func entryType() -> any PostedPayload.Type {
        guard let text = optionalText("kind", .name) else { return Note.self }
        if let type = PostEntry.payloads.first(where: { $0.kind.rawValue == text }) { return type }
        let allowed = PostEntry.payloads.map { $0.kind.rawValue }.joined(separator: ", ")
        refuse("kind", "It must be one of \(allowed); the others are the service's own.")
        return Note.self
    }

    private func source() -> Source? {
        guard let inner = object("source") else { return nil }
        defer { close(inner) }
        return Source(
            system: inner.text("system", .name), ref: inner.text("ref", .name),
            url: inner.optionalText("url", .url))
    }

    /// What the rules read of `data`, and the rest of it, encoded as it was sent.
    private func data(for type: any PostedPayload.Type) -> (any PostedPayload, [UInt8]) {
        var rest = JSONObject()
        if let value = value("data"), value != .null {
            guard case .object(let object) = value else {
                refuse("data", "It must be an object.")
                return (Note(), JSONObject().encoded())
            }
            rest = object
        }
        let inner = Input(rest, at: pointer("data"))
        let payload = type.init(from: inner, claimedAt: nil)
        let facts = inner.asked
        if inner.value("claimed_at") != nil {
            inner.refuse("claimed_at", "The service writes this member itself.")
        }
        adopt(inner)
        let bytes = rest.encoded().count
        if bytes > Input.dataBytesMax {
            refuse("data", "It has \(bytes) bytes; at most \(Input.dataBytesMax) are allowed.")
        }
        rest.members.removeAll { facts.contains(Array($0.name.utf8)) }
        return (payload, rest.encoded())
    }
}

extension Input: PostedData {
    func word<Word: RawRepresentable & CaseIterable>(_ name: String, default fallback: Word) -> Word
    where Word.RawValue == String {
        choice(name, of: Word.self) ?? fallback
    }
}

extension Role {
    /// The roles' words, for messages.
    static var allNames: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
