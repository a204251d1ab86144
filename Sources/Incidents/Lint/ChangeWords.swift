import Lint
import Model

extension Warning {
    /// A change that is no more than "fixed" or "rotated the key".
    public static let saysNoSteps = Warning(
        "says_no_steps",
        "The change does not say what was done.",
        links: [
            Link(
                "correctEntry", "POST", "/v1/incidents/{ref}/timeline/{seq}/correction",
                detail: "records the steps or the command", body: ["text": "…"])
        ])

    /// Something that people wrote looks like a secret.
    public static let looksLikeASecret = Warning(
        "looks_like_a_secret",
        "The words look as if they hold a secret, and are stored as sent. Rotate the secret now: everyone who may read the incident "
            + "can read it.")
}

extension PostEntry {
    /// Whether it is a change every word of which says nothing (domain.md, section 5).
    func saysNoSteps(_ words: StepWords) -> Bool {
        payload is ChangeMade && words.cover(text)
    }
}
