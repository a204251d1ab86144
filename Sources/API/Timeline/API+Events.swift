import Engine
import HTTP
import Incidents
import Journal
import Model

/// The routes of streams: an answer that goes on with each entry as it is committed.
extension APIResponder {
    /// Everything that happens, id = position.
    func followAll(_ context: RequestContext) throws(Problem) {
        let after = try context.lastSeen()
        try open(context, channel: .all, newest: services.recentEntries.last, after: after)
    }

    /// What happens in one incident, id = seq.
    func followIncident(_ context: RequestContext) throws(Problem) {
        let after = try context.lastSeen()
        let name = try context.incidentName()
        if let snapshot = services.incidents.snapshot(name) {
            return try open(
                context, channel: EventChannel(snapshot.stream), newest: snapshot.seq, after: after)
        }
        context.onReader { [self] in
            let row = try services.requireRow(name)
            try open(context, channel: EventChannel(row.stream), newest: row.seq, after: after)
        }
    }

    /// Begins a stream behind the last event that the client has seen, or behind the newest one.
    private func open(_ context: RequestContext, channel: EventChannel, newest: Int, after: Int?)
        throws(Problem)
    {
        var response = Response(
            .ok,
            fields: [
                ("Content-Type", "text/event-stream; charset=utf-8"), ("Cache-Control", "no-store"),
                // nginx buffers answers otherwise.
                ("X-Accel-Buffering", "no"),
            ])
        // A HEAD asks how the answer would be, and there is no end to wait for.
        if context.request.method == .head { return context.answer(response) }
        let token = context.ticket.principal?.id ?? ""
        guard let permit = services.streams.permit(for: token, gauge: services.meters.streams) else {
            throw .tooManyStreams
        }
        var stream = EventStream(
            channel: channel, after: after ?? newest, preface: [], owner: token, permit: permit)
        let isKnown = after.map { frames.isKnown(channel, after: $0, newest: newest) } ?? true
        if !isKnown {
            stream.preface = EventFrames.resetText(id: newest, channel: channel, reason: "gap")
            stream.after = newest
        } else if after == nil {
            // So that a client which is cut off before its first event misses none.
            EventText.appendPlace(newest, to: &stream.preface)
        }
        response.stream = stream
        context.answer(response)
    }
}

extension EventFrames {
    /// Whether all events after one are still at hand; `newest` is the last one that is shown.
    func isKnown(_ channel: EventChannel, after id: Int, newest: Int) -> Bool {
        switch channel {
        case .all: return recentEntries.after(id, limit: 1) != nil
        case .one(let stream):
            let stream = StreamID(rawValue: stream)
            return id == newest || recentEntries.holds(id, of: stream)
                || recentEntries.holds(id + 1, of: stream)
        }
    }
}

extension RequestContext {
    /// The id of the last event that the client has seen; `nil` for one that begins now.
    ///
    /// A browser that comes back sends it as `Last-Event-ID` and repeats the query of its first request, so the field wins.
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
        var problem = Problem(
            .overloaded,
            "This token has too many open streams. Close some, use a separate token for each "
                + "program, or retry after Retry-After."
        )
        problem.fields = [("Retry-After", "5")]
        return problem
    }
}
