import Model

/// The marks of an incident that need care, `security` and `confidential`, and who is affected.
///
/// To callers below scope `command` a confidential incident does not exist: not found, in no list, stream or count. Its webhooks get nags
/// without words. Both marks are set by anyone with the scope and cleared by the commander with a reason.
extension Incident {
    /// Upper bound of `users_affected`: more people than there are.
    static let usersAffectedMax: Int64 = 10_000_000_000

    static let securityNote = "Marks a matter of security. Only the commander clears it, with a reason."
    static let confidentialNote =
        "Hides the incident from tokens below scope command; webhooks get its nags only, without words. Only the commander clears it, "
        + "with a reason."
}

extension Edited {
    /// Refuses to clear a mark by anyone but the commander, or without a reason. Who may is judged before what is missing.
    func checkMarks(on incident: Incident, _ author: Author) throws(Refusal) {
        guard security == false || confidential == false else { return }
        let mark = confidential == false ? "confidential" : "security"
        try incident.requireCommander("clearing \(mark)", author)
        guard !saysNothing(reason) else {
            throw .invalid("#/reason", "Clearing \(mark) requires a reason.")
        }
    }
}

extension BodyReader {
    func scope() -> String? {
        optionalText("scope", .scope, "Who of all users is affected: a region, a plan, a browser.")
    }

    func usersAffected() -> Int? {
        integer(
            "users_affected", in: 0...Incident.usersAffectedMax,
            "How many users are affected, as far as known.")
    }

    /// A mark to set, or to clear, as `null` does (RFC 7396); `nil` for neither.
    func mark(_ name: String, _ note: String) -> Bool? {
        isNull(name) ? false : optionalBool(name, note)
    }
}

extension ObjectReader {
    /// A mark that is recorded where it changes; `nil` elsewhere.
    func mark(_ name: String) throws(FieldError) -> Bool? {
        has(name) ? try read(name) : nil
    }
}
