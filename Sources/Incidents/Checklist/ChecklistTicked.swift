import Model
import Time

/// Someone ticked an item of the first ten minutes.
public struct ChecklistTicked: EntryPayload, Equatable {
    public static let kind: EntryKind = "checklist_ticked"
    public static let event = EventType.entryAdded

    public var item: ChecklistItem
    /// The end of the item's window; `nil` for none.
    public var dueAt: Timestamp?
    /// 0 for in time; `nil` without a window.
    public var lateBySeconds: Int?

    public init(_ item: ChecklistItem, dueAt: Timestamp?, lateBySeconds: Int?) {
        self.item = item
        self.dueAt = dueAt
        self.lateBySeconds = lateBySeconds
    }

    /// The incident does not show its checklist, so its version stays.
    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        incident.checklist.ticks[item] = Checklist.Tick(
            by: place.author, at: place.recordedAt, lateBySeconds: lateBySeconds)
        return false
    }
}

extension ChecklistTicked {
    public init(from fields: FieldReader) throws(FieldError) {
        item = try fields.facts.read("item")
        dueAt = try fields.facts.read("due_at")
        lateBySeconds = try fields.facts.read("late_by_seconds")
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("item", item)
        fields.facts.write("due_at", dueAt)
        fields.facts.write("late_by_seconds", lateBySeconds)
    }
}

/// Ticks an item of the first ten minutes. The first tick of an episode counts.
public struct TickChecklist: RequestedAction {
    public static let name = "tickChecklist"

    public var item: ChecklistItem

    public init(_ item: ChecklistItem) {
        self.item = item
    }

    public init(from body: BodyReader) throws(Refusal) {
        self.init(
            try body.path(
                "item", sample: .confirmImpact,
                otherwise: "This item does not exist. The items are \(ChecklistItem.allNames).",
                ChecklistItem.init(typed:)))
    }

    public func targetExists(in incident: Incident) -> Bool { incident.checklist.ticks[item] != nil }

    public func decide(
        on incident: Incident, _ given: Circumstances<Incident>
    ) throws(Refusal) -> Decision<Incident> {
        guard incident.checklist.ticks[item] == nil else { return Decision() }
        try incident.requireOpen("a tick")
        let dueAt = incident.checklist.window(of: item)?.upperBound
        let late = dueAt.map { max(0, Int((given.now - $0).wholeSeconds)) }
        let ticked = ChecklistTicked(item, dueAt: dueAt, lateBySeconds: late)
        let lateness = late.map { $0 > 0 ? ", \($0) s late" : "" } ?? ""
        return Decision([
            given.entry(ticked, "\(given.author.person.name) ticked \(item.rawValue)\(lateness)")
        ])
    }
}
