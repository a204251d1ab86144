import Model

/// Why an update is refused, and what its author is told.
extension ProblemType {
    public static let staleDraft = ProblemType(
        "stale-draft", 409, "The draft is stale",
        means:
            "The status, the severity, the impact, the workaround or an entry that the draft may quote (confirmed, corrected, withdrawn "
            + "or made public) changed after the draft was made. Fetch a new draft, or publish with force.",
        remedy:
            "Read the entries in current, then GET …/status-updates/draft again and publish with its basis_seq."
    )

    public static let unfilledDraft = ProblemType(
        "unfilled-draft", 422, "The text still contains [FILL: …]",
        means:
            "The text contains [FILL: …]. Fill it in or remove the line; force publishes the text unchanged.",
        remedy:
            "Publish with \"template\" and \"fill\": {\"recovery\": \"…\"}, or PATCH the incident with the missing values and fetch "
            + "a new draft."
    )

    public static let promiseExceedsCadence = ProblemType(
        "promise-exceeds-cadence", 422, "The promise exceeds the cadence",
        means: "The promised time must be at most one interval and 60 s after this update.",
        remedy: "Promise an earlier time, or none. PATCH …/cadence sets a longer interval."
    )
}

extension Warning {
    public static let stillOpen = Warning(
        "still_open",
        "This update says that the incident is over, and it is open.",
        links: [
            .changingStatus(
                detail: "resolves the incident", body: ["status": "resolved"]),
            .changingStatus(
                detail: "cancels it as a false alarm", body: ["status": "cancelled", "reason": "false_alarm"]),
            Link(
                "publishUpdate", "POST", "/v1/incidents/{ref}/status-updates",
                detail: "publishes what is true now", body: ["text": "…"]),
        ])

    public static let movesNoDeadline = Warning(
        "moves_no_deadline",
        "This update is older than the last one or than the episode, so it moves no deadline.")
}

extension PublishUpdate {
    var unfilled: Refusal {
        guard let template else {
            return Refusal(
                .unfilledDraft,
                "The text still contains [FILL: …]. Fill it in, remove the line, or force it.",
                links: [PublishUpdate.forcing])
        }
        let missing = Draft.placeholders(in: text)
        return Refusal(
            .unfilledDraft,
            "The template lacks a value: \(missing.joined(separator: ", ")). Send it along in fill, or write the text yourself.",
            links: [
                .init(
                    PublishUpdate.self, detail: "publishes the template with your value",
                    body: [
                        "template": .text(template),
                        "fill": .object(missing.first == "recovery" ? ["recovery": "…"] : ["impact": "…"]),
                    ]),
                .init(PublishUpdate.self, detail: "publishes your text", body: ["text": "…"]),
            ])
    }

    /// Publishes a text although something is against it.
    static var forcing: Refusal.Link {
        .init(
            PublishUpdate.self, detail: "publishes the text as it is", body: ["text": "…", "force": true])
    }
}
