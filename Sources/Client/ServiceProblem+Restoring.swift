import Encoding
import JSON

extension ServiceProblem {
    /// Each condition of `not-restored` that is not met, with the command that meets it.
    var restoring: [String] {
        let ref = incident ?? CommandWords.unnamed
        let flaws = json?.value("errors")?.elements ?? []
        let areMany = flaws.filter { $0.value("code")?.asText == "open_mitigation" }.count > 1
        var lines = flaws.flatMap { flaw -> [String] in
            let what = "  \((flaw.value("detail")?.asText ?? "").onOneLine)"
            guard let words = command(for: flaw, of: ref, amongMany: areMany) else { return [what] }
            return [what, "    \(command(words))"]
        }
        lines.append("As commander, although it lacks that:")
        lines.append(
            "    " + command(["status", ref, "resolved", "--override", "--reason", CommandWords.gap]))
        return lines
    }

    /// Of several open mitigations, each is named by its entry.
    private func command(for flaw: JSONValue, of ref: String, amongMany areMany: Bool) -> [String]? {
        let evidence = ["--passed", "--evidence", CommandWords.gap]
        switch flaw.value("code")?.asText {
        case "restored_when":
            return ["impact", ref, "--restored-when", "people can sign in within 3 s"]
        case "watch": return ["status", ref, "resolved"]
        // Only people know what to try.
        case "no_check", "late_check": return ["check", ref, "PATH"] + evidence
        case "failed_check":
            return ["check", ref, (flaw.value("path")?.asText ?? "").onOneLine] + evidence
        case "open_mitigation":
            let entry = areMany ? ["--entry", (flaw.value("entry")?.asText ?? "SEQ").onOneLine] : []
            return ["outcome", ref, CommandWords.result] + entry + ["--seen", CommandWords.gap]
        default: return nil
        }
    }
}
