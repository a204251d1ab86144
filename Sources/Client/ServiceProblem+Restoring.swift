import Encoding
import JSON

extension ServiceProblem {
    /// Each condition of `not-restored` that is not met, with the command that meets it.
    var restoring: [String] {
        let ref = incident ?? CommandWords.unnamed
        var lines = (json?.value("errors")?.elements ?? []).flatMap { flaw -> [String] in
            let what = "  \((flaw.value("detail")?.asText ?? "").onOneLine)"
            return [what] + [command(for: flaw, of: ref)].compactMap(\.self).map { "    drumbeat \($0)" }
        }
        lines.append("As commander, although it lacks that:")
        lines.append("    drumbeat status \(ref) resolved --override --reason \"…\"")
        return lines
    }

    private func command(for flaw: JSONValue, of ref: String) -> String? {
        switch flaw.value("code")?.asText {
        case "restored_when": "impact \(ref) --restored-when \"people can sign in within 3 s\""
        case "watch": "status \(ref) resolved"
        case "no_check", "late_check": "check \(ref) \"sign in\" --passed --evidence \"…\""
        case "failed_check":
            "check \(ref) \((flaw.value("path")?.asText ?? "").onOneLine.shellQuoted) --passed --evidence \"…\""
        case "open_mitigation": "outcome \(ref) worked --seen \"…\""
        default: nil
        }
    }
}
