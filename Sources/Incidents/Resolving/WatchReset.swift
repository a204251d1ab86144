import Model
import Time

/// The watch started over, because it seems that the incident is not restored.
public struct WatchReset: EntryPayload, Equatable {
    public static let kind: EntryKind = "watch_reset"
    public static let event = EventType.entryAdded

    public enum Reason: String, CaseIterable, Sendable {
        case failedCheck = "failed_check"
        case severityRaised = "severity_raised"

        var words: String {
            switch self {
            case .failedCheck: "a check failed"
            case .severityRaised: "the severity was raised"
            }
        }
    }

    public var reason: Reason
    public var watch: Watch

    public init(reason: Reason, watch: Watch) {
        self.reason = reason
        self.watch = watch
    }

    public func apply(to incident: inout Incident, at place: Place) -> Bool {
        let isVisible = incident.watch != watch
        incident.begin(watch, at: place)
        return isVisible
    }
}

extension WatchReset {
    public init(from fields: FieldReader) throws(FieldError) {
        reason = try fields.facts.read("reason")
        guard let watch = try Watch(from: fields.facts) else { throw .odd("watch") }
        self.watch = watch
    }

    public func write(to fields: inout FieldWriter) {
        fields.facts.write("reason", reason)
        watch.write(to: &fields.facts)
    }
}
