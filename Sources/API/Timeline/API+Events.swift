import Engine
import HTTP
import Incidents
import Journal
import Model
import Routing

/// The routes of server-sent events.
extension DrumbeatAPI {
    /// All incidents; id = position.
    func followAll(_ context: RequestContext) throws(Problem) {
        let after = try context.lastSeen()
        let channel = EventChannel(.all, isRestricted: !context.ticket.principal.seesConfidential)
        try open(context, channel: channel, newest: services.recentEntries.last, after: after)
    }

    /// One incident; id = seq.
    func followIncident(_ context: RequestContext) throws(Problem) {
        let after = try context.lastSeen()
        let name = try context.incidentName()
        let isRestricted = !context.ticket.principal.seesConfidential
        if let snapshot = services.incidents.snapshot(name) {
            return try open(
                context, channel: EventChannel(snapshot.stream, isRestricted: isRestricted),
                newest: snapshot.seq, after: after)
        }
        context.onReader { [self] in
            let row = try services.requireRow(name)
            try open(
                context, channel: EventChannel(row.stream, isRestricted: isRestricted), newest: row.seq,
                after: after)
        }
    }

    /// Opens a stream after the last event the client has seen, or after the newest one.
    private func open(_ context: RequestContext, channel: EventChannel, newest: Int, after: Int?)
        throws(Problem)
    {
        var response = Response(
            .ok,
            fields: [
                ("Content-Type", "text/event-stream; charset=utf-8"), ("Cache-Control", "no-store"),
                // Disables buffering in nginx.
                ("X-Accel-Buffering", "no"),
            ])
        // A HEAD must not wait for the end of a stream: the server sends the fields alone, without a length.
        if context.request.method == .head {
            response.stream = EventStream(
                channel: channel, after: newest, preface: [], owner: "", permit: nil)
            return context.answer(response)
        }
        let token = context.ticket.principal?.id ?? ""
        guard let permit = services.streams.permit(for: token, gauge: context.meters.streams) else {
            throw .tooManyStreams
        }
        var stream = EventStream(
            channel: channel, after: after ?? newest, preface: [], owner: token, permit: permit)
        let isKnown = after.map { frames.isKnown(channel, after: $0, newest: newest) } ?? true
        if !isKnown {
            stream.preface = EventFrames.resetText(id: newest, channel: channel, reason: "gap")
            stream.after = newest
        } else if after == nil {
            // A client that is cut off before its first event then misses none.
            EventText.appendPlace(newest, to: &stream.preface)
        }
        response.stream = stream
        context.answer(response)
    }
}

extension EventFrames {
    /// Whether all events after `id` are in memory; `newest` is the last one shown.
    func isKnown(_ channel: EventChannel, after id: Int, newest: Int) -> Bool {
        switch channel.source {
        case .all: return recentEntries.after(id, limit: 1) != nil
        case .one(let stream):
            let stream = StreamID(rawValue: stream)
            return id == newest || recentEntries.holds(id, of: stream)
                || recentEntries.holds(id + 1, of: stream)
        }
    }
}

extension RequestContext {
    /// Id of the last event the client has seen; `nil` to start now.
    ///
    /// A browser that reconnects sends `Last-Event-ID` and repeats its original query, so the field takes precedence.
    fileprivate func lastSeen() throws(Problem) -> Int? {
        let query = try query(["after"])
        let range = 0...9_007_199_254_740_991
        guard let text = request.fields["last-event-id"], !text.isEmpty else {
            return try query.integer("after", in: range)
        }
        guard let id = Int(digits: Array(text.utf8)), range.contains(id) else {
            throw .parameter(
                "Last-Event-ID",
                "must be the id of an event of this stream. Omit it to start at the current end.")
        }
        return id
    }
}

extension Problem {
    fileprivate static var tooManyStreams: Problem {
        Problem(
            .overloaded,
            "This token has too many open streams. Close some, use a separate token for each "
                + "program, or retry after Retry-After.", retryAfterSeconds: 5)
    }
}
