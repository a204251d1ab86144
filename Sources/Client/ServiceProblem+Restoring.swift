import Encoding
import JSON

extension ServiceProblem {
    /// Each condition of `not-restored` that is not met, with the command that meets it.
    var restoring: [String] {
        let ref = incident ?? CommandWords.unnamed
        var lines = (json?.value("errors")?.elements ?? []).flatMap { flaw -> [String] in
            let what = "  \((flaw.value("detail")?.asText ?? "").onOneLine)"
            return [what] + [command(for: flaw, of: ref)].compactMap(\.self).map { "    \($0.shellCommand)" }
        }
        lines.append("As commander, although it lacks that:")
        lines.append(
            "    " + ["status", ref, "resolved", "--override", "--reason", CommandWords.gap].shellCommand)
        return lines
    }

    private func command(for flaw: JSONValue, of ref: String) -> [String]? {
        let evidence = ["--passed", "--evidence", CommandWords.gap]
        switch flaw.value("code")?.asText {
        case "restored_when":
            return ["impact", ref, "--restored-when", "people can sign in within 3 s"]
        case "watch": return ["status", ref, "resolved"]
        case "no_check", "late_check": return ["check", ref, "sign in"] + evidence
        case "failed_check":
            return ["check", ref, (flaw.value("path")?.asText ?? "").onOneLine] + evidence
        case "open_mitigation": return ["outcome", ref, "worked", "--seen", CommandWords.gap]
        default: return nil
        }
    }
}
