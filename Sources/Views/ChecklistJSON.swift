import Incidents
import JSON

extension JSONWriter {
    /// Writes the checklist of an incident into the open object, as a list. Independent of the current time.
    public mutating func checklist(of incident: Incident, _ texts: ChecklistTexts) {
        name("items")
        beginArray()
        for item in ChecklistItem.allCases {
            let window = incident.checklist.window(of: item)
            let tick = incident.checklist.ticks[item]
            beginObject()
            member("item", item.rawValue)
            member("text", texts[item])
            member("starts_at", window?.lowerBound)
            member("ends_at", window?.upperBound)
            member("ticked_by", tick?.by.name)
            member("ticked_at", tick?.at)
            member("late_by_seconds", tick?.lateBySeconds)
            endObject()
        }
        endArray()
        name("next")
        null()
    }
}
