import Encoding
import JSON
import Outbound
import Time

/// Shows the entries of an incident as they are recorded, until the reader goes away.
public final class Follower {
    /// The service sends a comment each 15 s (`ServerSettings.streamKeepAliveInterval`): three in a row are missing.
    public static let silence = Duration.seconds(45)
    private static let backoffMax = Duration.seconds(30)
    /// The deadline is read again after a failure no sooner than that.
    private static let refreshPause = Duration.seconds(5)

    private let caller: ServiceCaller
    /// Reads the deadline while the first caller holds the stream.
    private let reader: ServiceCaller
    private let incident: String
    private let line: LiveLine
    private let isJSON: Bool
    private let say: (String) -> Void
    private let wait: (Duration) -> Void

    private var day: String?
    private var due: Timestamp?
    /// The server's clock minus ours.
    private var skew = Duration.zero
    /// When the deadline is to be read; `nil` while the known one holds.
    private var refreshAt: Duration?
    private var isRead = true

    public init(
        _ caller: ServiceCaller, reader: ServiceCaller, incident: String, line: LiveLine, isJSON: Bool,
        wait: @escaping (Duration) -> Void, say: @escaping (String) -> Void
    ) {
        self.caller = caller
        self.reader = reader
        self.incident = incident
        self.line = line
        self.isJSON = isJSON
        self.wait = wait
        self.say = say
    }

    /// Prints the last `count` entries, then each new one. Reconnects for as long as it takes; throws when the service refuses.
    public func run(last count: Int) throws(ClientFault) {
        let shown = try caller.get("/v1/incidents/\(incident)")
        take(shown)
        if !isJSON {
            let words = ["ref", "severity", "status"].compactMap { shown.json.value($0)?.asText?.onOneLine }
            let title = (shown.json.value("title")?.asText ?? "").onOneLine
            put(words.joined(separator: " ") + ": " + title)
            let due = DueText.sentence("Next status update", of: shown.json, now: shown.now)
            if !due.isEmpty { put(due) }
        }
        let newest =
            try caller.get("/v1/incidents/\(incident)/timeline?order=desc&limit=\(max(1, count))").json
            .value("items")?.elements ?? []
        for entry in newest.prefix(count).reversed() { put(entry) }
        let after = newest.first?.value("seq")?.asInteger ?? 0
        try follow(after: after)
    }

    /// Between two connections, whatever the service asks for.
    private static let pauseMin = Duration.milliseconds(200)

    private func follow(after seq: Int) throws(ClientFault) {
        var events = EventReader(lastID: nil)
        var attempts = 0
        while isRead {
            let path = "/v1/incidents/\(incident)/events?after=\(seq)"
            let (answer, reason) = try connect(path, &events)
            guard isRead else { return }
            attempts = answer?.status == 200 ? 1 : attempts + 1
            let backoff = min(Self.backoffMax, .seconds(1) * (1 << min(attempts - 1, 5)))
            let asked = answer?.retryAfter ?? (attempts == 1 ? events.retry : nil)
            let pause = max(asked ?? backoff * (1 - caller.jitter() / 2), Self.pauseMin)
            line.erase()
            say("\(reason) Connecting again in \(ServiceCaller.text(of: pause)).")
            rest(pause)
        }
    }

    /// One connection, until it ends; why it did.
    private func connect(
        _ path: String, _ events: inout EventReader
    ) throws(ClientFault) -> (BlockingCaller.Answer?, String) {
        // What the last connection left unfinished is sent again.
        var current = EventReader(lastID: events.lastID)
        defer { events = current }
        var isTooLong = false
        var headers = caller.headers(accept: "text/event-stream")
        if let id = events.lastID { headers.append("Last-Event-ID: \(id)") }
        let limits = BlockingCaller.Limits(
            connect: ServiceCaller.connectLimit, total: nil, silence: Self.silence, bodyBytesMax: 65_536)
        let stream = BlockingCaller.Stream(
            receive: { [self] bytes in
                do throws(EventReader.TooLong) {
                    try current.read(bytes) { take($0) }
                } catch {
                    isTooLong = true
                }
                return isRead && !isTooLong
            }, tick: { [self] in tick() })
        let answer: BlockingCaller.Answer
        do throws(BlockingCaller.Fault) {
            answer = try caller.caller.perform(
                .init("GET", caller.settings.url + path, headers: headers, body: nil, limits: limits),
                into: stream)
        } catch {
            let (fault, reason, isFinal) = caller.failed(error)
            if isFinal { throw fault }
            return (nil, reason)
        }
        if isTooLong {
            throw ClientFault(
                "An event of the service is longer than 1 MiB. Read drumbeat show \(incident) instead.")
        }
        if answer.status == 200 {
            if let flaw = ForeignAnswer.flaw(of: answer, mediaType: "text/event-stream") {
                throw ForeignAnswer.fault(of: caller.settings.url, flaw, isWrite: false)
            }
            return (answer, "The connection ended.")
        }
        guard answer.status == 429 || answer.status >= 500 else {
            throw caller.fault(of: ServiceProblem(status: answer.status, body: answer.body, path: path))
        }
        return (answer, "The service answered \(answer.status).")
    }

    private func take(_ event: EventReader.Event) {
        switch event.name {
        case "bye": return
        case "reset":
            line.erase()
            say("Entries were missed. drumbeat show \(incident) has the latest.")
        default:
            guard let json = try? JSONReader.read(event.data, limits: .stored) else { return }
            if json.value("seq") == nil, !isJSON {
                // `update.due_soon` is no entry.
                if let due = json.value("deadline")?.asTimestamp ?? due {
                    put(
                        "Next status update due \(DueText.text(due, now: now())). drumbeat update \(incident)"
                    )
                }
            } else if isJSON {
                put(String(decoding: event.data, as: UTF8.self))
            } else {
                put(json)
            }
        }
        if refreshAt == nil { refreshAt = caller.time.monotonic() }
    }

    private func put(_ entry: JSONValue) {
        put(isJSON ? String(decoding: entry.encoded(), as: UTF8.self) : EntryText.line(entry, day: day))
    }

    private func put(_ text: String) {
        isRead = line.print(text) && isRead
    }

    /// Takes the deadline from an answer that shows the incident.
    private func take(_ reply: ServiceCaller.Reply) {
        due = reply.json.value("cadence", "next_update_due_at")?.asTimestamp
        day = reply.json.value("times", "declared_at")?.asText.map { String($0.prefix(10)) }
        skew = reply.now - caller.time.wall()
        refreshAt = nil
    }

    private func now() -> Timestamp { caller.time.wall() + skew }

    /// Redraws the countdown. `false` when no one reads any more.
    private func tick() -> Bool {
        isRead = isRead && line.hasReader
        guard line.isLive, !isJSON else { return isRead }
        if let at = refreshAt, caller.time.monotonic() >= at {
            do throws(ClientFault) {
                take(try reader.get("/v1/incidents/\(incident)"))
            } catch {
                refreshAt = caller.time.monotonic() + Self.refreshPause
            }
        }
        if let due {
            let left = DueText.countdown(due, now: now())
            line.draw(
                left.hasPrefix("-")
                    ? "Status update \(left.dropFirst()) late. drumbeat update \(incident)"
                    : "Next status update in \(left)")
        } else {
            line.draw("No status update is due")
        }
        return isRead
    }

    /// Waits between two connections, with the countdown.
    private func rest(_ pause: Duration) {
        let end = caller.time.monotonic() + pause
        while isRead, tick() {
            let left = end - caller.time.monotonic()
            guard left > .zero else { return }
            wait(min(left, .seconds(1)))
        }
    }
}
