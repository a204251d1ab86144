import Engine
import HTTP
import Incidents
import Journal
import JSON
import Logging
import Model
import Views

/// Renders entries as server-sent events (api.md, "Incidents").
struct EventFrames: Sendable {
    /// A slice takes no more entries after this many bytes.
    private static let sliceBytes = 64 << 10
    /// Upper bound of entries read per slice.
    private static let sliceEntries = 512

    let recentEntries: RecentEntries
    let incidents: Shelf<Incident>
    let log: @Sendable (Logger.Level, String, [(String, String)]) -> Void

    /// The events after `id` in a channel; `nil` when there are none.
    func events(of channel: EventChannel, after id: Int) -> EventSlice? {
        switch channel.source {
        case .all: all(after: id, channel)
        case .one(let stream): events(of: StreamID(rawValue: stream), after: id, channel)
        }
    }

    /// Whether a client of the channel is not shown a stream.
    private func isHidden(_ stream: StreamID, in channel: EventChannel) -> Bool {
        channel.isRestricted
            && Incident.number(of: stream).map { incidents.confidential.contains($0) } ?? false
    }

    private func all(after position: Int, _ channel: EventChannel) -> EventSlice? {
        guard let fresh = recentEntries.after(position, limit: EventFrames.sliceEntries) else {
            return reset(to: recentEntries.last, channel: channel)
        }
        return slice(fresh, in: channel) { $0.position }
    }

    private func events(of stream: StreamID, after seq: Int, _ channel: EventChannel) -> EventSlice? {
        // The entries that say so are not shown either.
        guard !isHidden(stream, in: channel) else { return EventSlice(text: [], last: seq, isLast: true) }
        // The shelf first: everything it shows is in `recentEntries` by now, unless it was evicted there.
        let newest = Incident.number(of: stream).flatMap { incidents.snapshot($0) }?.seq
        let fresh = recentEntries.entries(of: stream, after: seq, limit: EventFrames.sliceEntries)
        guard let first = fresh.first else {
            // An entry is in `recentEntries` shortly before the shelf shows it. A client that has seen it has missed nothing.
            guard let newest, newest != seq, newest > seq || !recentEntries.holds(seq, of: stream) else {
                return nil
            }
            return reset(to: newest, channel: channel)
        }
        guard first.seq == seq + 1 else {
            return reset(to: newest ?? fresh.last?.seq ?? seq, channel: channel)
        }
        let found = slice(fresh, in: channel) { $0.seq }
        // Hidden meanwhile.
        guard !isHidden(stream, in: channel) else { return EventSlice(text: [], last: seq, isLast: true) }
        return found
    }

    private func slice(
        _ entries: [StoredEntry], in channel: EventChannel, id: (StoredEntry) -> Int
    ) -> EventSlice? {
        guard let first = entries.first else { return nil }
        var slice = EventSlice(text: [], last: id(first))
        // One text for all clients of a channel, whatever their scope.
        let viewer = Viewer(.hidden) { [confidential = incidents.confidential] number in
            channel.isRestricted && confidential.contains(number)
        }
        for entry in entries where slice.text.count < EventFrames.sliceBytes {
            if !isHidden(entry.stream, in: channel) {
                append(entry, id: id(entry), for: viewer, to: &slice.text)
            }
            slice.last = id(entry)
        }
        return slice
    }

    private func append(_ entry: StoredEntry, id: Int, for viewer: Viewer, to text: inout [UInt8]) {
        do {
            var writer = JSONWriter(reserving: 512)
            writer.beginObject()
            try writer.membersByKind(of: entry, for: viewer)
            writer.endObject()
            EventText.append(
                try entry.eventType().rawValue, id: id, data: EventFrames.oneLine(writer.bytes), to: &text)
        } catch {
            // The client reads the incident again, and gets the error that a reader gets.
            log(
                .error, "stream.entry_unreadable", [("position", "\(entry.position)"), ("error", "\(error)")])
            text += EventFrames.resetText(
                id: id, channel: EventChannel(entry.stream, isRestricted: false), reason: "unreadable")
        }
    }

    /// JSON with U+0085 escaped: libraries of several clients take it for the end of a line. Stored words have it as it was sent, and in
    /// JSON it can only be inside a string.
    static func oneLine(_ json: [UInt8]) -> [UInt8] {
        guard json.contains(0xC2) else { return json }
        var text: [UInt8] = []
        text.reserveCapacity(json.count + 16)
        var index = json.startIndex
        while index < json.endIndex {
            if json[index] == 0xC2, index + 1 < json.endIndex, json[index + 1] == 0x85 {
                text.append(contentsOf: "\\u0085".utf8)
                index += 2
            } else {
                text.append(json[index])
                index += 1
            }
        }
        return text
    }

    /// Tells a client that events were evicted: it must read the current state, and continues from here.
    private func reset(to id: Int, channel: EventChannel) -> EventSlice {
        EventSlice(text: EventFrames.resetText(id: id, channel: channel, reason: "gap"), last: id)
    }

    static func resetText(id: Int, channel: EventChannel, reason: String) -> [UInt8] {
        let snapshot =
            switch channel.source {
            case .all: "/v1/incidents"
            case .one(let stream): "/v1/incidents/\(Incident.ref(StreamID(rawValue: stream).number))"
            }
        var writer = JSONWriter(reserving: 96)
        writer.beginObject()
        writer.member("reason", reason)
        writer.member("snapshot", snapshot)
        writer.endObject()
        var text: [UInt8] = []
        EventText.append("reset", id: id, data: writer.bytes, to: &text)
        return text
    }
}

extension EventFrames {
    /// An event without an id: the next update will be due soon, and who is asked for it.
    static func dueSoon(_ incident: Incident) -> [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.member("incident", incident.ref)
        writer.member("deadline", incident.cadence.beat.dueAt.rfc3339)
        // Streams are open to the scope `read`, which is shown no contact.
        writer.name("to")
        writer.beginArray()
        for recipient in incident.recipients(ofNag: 1) {
            writer.beginObject()
            writer.member("role", recipient.role)
            writer.member("person", recipient.person.name)
            writer.member("contact", nil as String?)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        var text: [UInt8] = []
        EventText.append(EventType.updateDueSoon.rawValue, id: nil, data: writer.bytes, to: &text)
        return text
    }
}

extension EventChannel {
    init(_ stream: StreamID, isRestricted: Bool) {
        self.init(.one(stream.rawValue), isRestricted: isRestricted)
    }

    /// The channels of an incident's events: those of all callers, and those of callers to whom confidential incidents do not exist.
    fileprivate static func of(_ stream: StreamID, isConfidential: Bool = false) -> [EventChannel] {
        (isConfidential ? [false] : [false, true]).flatMap {
            [EventChannel(.all, isRestricted: $0), EventChannel(stream, isRestricted: $0)]
        }
    }
}

extension DrumbeatAPI {
    /// Text and channels of the `update.due_soon` event.
    public static func dueSoonNotice(_ incident: Incident) -> (text: [UInt8], channels: [EventChannel]) {
        let stream = StreamID(Incident.self, incident.number)
        return (
            EventFrames.dueSoon(incident), EventChannel.of(stream, isConfidential: incident.isConfidential)
        )
    }

    /// The channels that entries belong to.
    public static func channels(of entries: [StoredEntry]) -> Set<EventChannel> {
        var channels: Set<EventChannel> = []
        for entry in entries where Incident.number(of: entry.stream) != nil {
            channels.formUnion(EventChannel.of(entry.stream))
        }
        return channels
    }
}
