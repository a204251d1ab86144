import Client
import Encoding
import JSON

// The commands that amend an entry.
extension Commands {
    static let confirm = ClientSession.command(.confirm) { session in
        let arguments = session.arguments
        let entry = try session.entry()
        let flags = ["--ruled-out", "--done", "--dropped", "--incomplete"].filter(arguments.has)
        guard flags.count < 2 else { throw UsageFault("\(flags[0]) and \(flags[1]) exclude each other.") }
        let incident = try session.incident()
        let path = "/v1/incidents/\(incident)/timeline/\(entry)"
        let outcome =
            try Outcome(flag: flags.first)
            ?? Outcome(kind: session.caller.get(path).json.value("kind")?.asText)
        guard outcome != nil || arguments.has("--public") else {
            throw ClientFault(
                "Entry \(entry) of \(incident) is no finding, hypothesis, change or todo: it can only be made public, with --public."
            )
        }
        let reply = try session.caller.write(
            "POST", "\(path)/confirmation",
            JSONObject(
                ("confirmed", outcome?.confirmed), ("state", outcome?.state), ("complete", outcome?.complete),
                ("visibility", arguments.has("--public") ? "public".asJSON : nil), ("author", session.author))
        )
        let words = [outcome?.words, arguments.has("--public") ? "public" : nil].compactMap(\.self)
        // Nothing is added if it was so before.
        let before = reply.status == 200 ? " already" : ""
        return session.report(
            reply,
            "\(incident): entry \(entry) is\(before) \(words.joined(separator: " and ")). drumbeat show \(incident)"
        )
    }

    static let correct = ClientSession.command(.correct) { session in
        let entry = try session.entry()
        let text = try session.text(session.arguments.text("TEXT"))
        let isWithdrawn = session.arguments.has("--withdraw")
        let incident = try session.incident()
        let reply = try session.caller.write(
            "POST", "/v1/incidents/\(incident)/timeline/\(entry)/correction",
            JSONObject(
                ("text", text?.asJSON), ("withdraws", isWithdrawn ? .bool(true) : nil),
                ("author", session.author)))
        let seq = reply.json.value("seq")?.asInteger.map(String.init) ?? "?"
        return session.report(
            reply,
            "\(incident): entry \(entry) is \(isWithdrawn ? "withdrawn" : "corrected") by entry \(seq). drumbeat show \(incident)"
        )
    }
}

/// How an entry turned out.
private struct Outcome {
    var confirmed: JSONValue?
    var state: JSONValue?
    var complete: JSONValue?
    let words: String

    /// `nil` without a flag.
    init?(flag: String?) {
        switch flag {
        case "--ruled-out": (state, words) = ("ruled_out".asJSON, "ruled out")
        case "--done": (state, words) = ("done".asJSON, "done")
        case "--dropped": (state, words) = ("dropped".asJSON, "dropped")
        case "--incomplete": (complete, words) = (.bool(false), "not complete")
        default: return nil
        }
    }

    /// What a confirmation says of an entry of this kind; `nil` for a kind that has no outcome.
    init?(kind: String?) {
        switch kind {
        case "finding": (confirmed, words) = (.bool(true), "confirmed")
        case "hypothesis": (state, words) = ("confirmed".asJSON, "confirmed")
        case "todo": (state, words) = ("done".asJSON, "done")
        case "change": (complete, words) = (.bool(true), "complete")
        default: return nil
        }
    }
}

extension ClientSession {
    /// The number of the entry that is named.
    fileprivate func entry() throws(UsageFault) -> Int {
        let text = arguments.text("ENTRY") ?? ""
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), number > 0 else {
            throw UsageFault("ENTRY must be the number of an entry, such as 12.")
        }
        return number
    }
}
