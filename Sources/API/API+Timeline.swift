import Coordination
import HTTP
import Incidents
import Journal
import JSON
import Time

/// The routes of the timeline.
extension APIResponder {
    func readTimeline(_ call: Call) throws(Problem) {
        let query = try call.query(["after", "limit", "kind", "visibility"])
        let limit = try query.limit()
        let after = try query.integer("after", in: 0...Int(Int32.max)) ?? 0
        let kind = try query.choice("kind", of: EntryKind.self)
        let visibility = try query.visibility()
        let name = try call.incidentName()
        if let published = atHand(name) {
            let tag = Tag.timeline(lastSeq: published.incident.seq)
            if call.holds(tag) { return call.answer(Answer.notModified(tag)) }
        }
        let (history, reader) = (services.history, services.reader)
        call.read {
            guard let number = try history.number(of: name), let row = try reader.incident(number) else {
                throw Problem.noIncident
            }
            // The tag is read before the entries, so that it is never newer than what it is on.
            let tag = Tag.timeline(lastSeq: row.seq)
            if call.holds(tag) { return Answer.notModified(tag) }
            let page = try reader.entries(
                of: number, after: after, kind: kind, visibility: visibility, limit: limit + 1)
            let items = Array(page.prefix(limit))
            let next = page.count > limit ? items.last.map { String($0.seq) } : nil
            return try Answer.list(items, next: next, request: call.request, tag: tag) { writer, entry in
                try writer.members(of: entry)
            }
        }
    }

    func postEntry(_ call: Call) throws(Problem) {
        try call.noQuery()
        let input = try Input.read(call.request.body)
        let note = input.note()
        let author = input.author()
        try input.finish()
        let name = try call.incidentName()
        call.submit(.change(name, .post(note), ifMatch: nil), author: author) { try Answers.render($0) }
    }

    func readEntry(_ call: Call) throws(Problem) {
        try call.noQuery()
        let name = try call.incidentName()
        let text = call.ticket.parameters.dropFirst().first ?? ""
        guard let seq = Int(digits: Array(text.utf8)), text.utf8.first != 0x30 else {
            throw Problem(.notFound, "An entry is named by its seq: 1, 2, 3 …")
        }
        let (history, reader) = (services.history, services.reader)
        call.read {
            guard let number = try history.number(of: name), try reader.incident(number) != nil else {
                throw Problem.noIncident
            }
            guard let stored = try reader.entries(of: number, seqs: [seq]).first else {
                throw Problem(.notFound, "The timeline has no entry \(seq) yet.")
            }
            // An entry changes only when its words are erased.
            let tag = EntityTag.strong(
                "\(Tag.format)-\(stored.words == nil ? "redacted" : "entry")-\(stored.id)")
            if call.holds(tag) { return Answer.notModified(tag) }
            return try Answer.object(tag: tag) { writer in
                if stored.kind == .updatePublished {
                    try writer.members(ofUpdate: stored)
                } else {
                    try writer.members(of: stored)
                }
            }
        }
    }
}

extension Query {
    fileprivate func visibility() throws(Problem) -> Visibility? {
        guard let text = self["visibility"] else { return nil }
        guard let visibility = Visibility(rawValue: text) else {
            throw .parameter("visibility", "must be internal or public.")
        }
        return visibility
    }
}
