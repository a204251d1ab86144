import Incidents
import JSON
import Time

/// The members of a stored object, read with the entry's position at hand for the message.
struct Fields {
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

    /// A number, count or seq: from 0 to 2^53, so that it can be counted on without overflow.
    func integer(_ name: String) throws(UnreadableEntry) -> Int {
        guard case .integer(let value)? = object[name], 0...(1 << 53) ~= value else { throw odd(name) }
        return Int(value)
    }

    /// Whole seconds, up to ten years: what the configuration takes at most.
    private func seconds(_ value: JSONValue?, _ name: String) throws(UnreadableEntry) -> Duration {
        guard case .integer(let seconds)? = value, 0...315_360_000 ~= seconds else { throw odd(name) }
        return .seconds(seconds)
    }

    func seconds(_ name: String) throws(UnreadableEntry) -> Duration {
        try seconds(object[name], name)
    }

    /// Ten times what the configuration takes: each look at a deadline may count up to it.
    private static let nagNumberMax = 1_000

    /// The number of a nag: 1…1,000.
    func nagNumber() throws(UnreadableEntry) -> Int {
        let number = try integer("number")
        guard 1...Fields.nagNumberMax ~= number else { throw odd("number") }
        return number
    }

    /// `nil` in an entry of Drumbeat 0.1.0.
    func episodeClock() throws(UnreadableEntry) -> EpisodeClock? {
        guard has("decision_due_at") else { return nil }
        return EpisodeClock(
            decisionDueAt: try moment("decision_due_at"), noProgressAfter: try seconds("no_progress_seconds"))
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
        for step in steps { nagSteps.append(try seconds(step, "nag_steps_seconds")) }
        let nagMax = try integer("nag_max")
        guard nagMax <= Fields.nagNumberMax else { throw odd("nag_max") }
        return Beat(
            interval: try seconds(object["interval_seconds"], "interval_seconds"),
            dueAt: try moment("due_at"),
            nagSteps: nagSteps, nagMax: nagMax, dueSoonAt: try optionalMoment("due_soon_at"))
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
