import Incidents
import JSON

extension JSONWriter {
    /// Writes the value of `watch`.
    mutating func watch(_ watch: Watch?) {
        guard let watch else { return null() }
        beginObject()
        member("started_at", watch.startedAt)
        member("middle_at", watch.middleAt)
        member("until", watch.until)
        endObject()
    }
}
