import App

extension Commands {
    static let config = Command(
        name: "config", summary: "check the configuration and show it",
        help: """
            usage: drumbeat config check [--config FILE] [--KEY VALUE …]

            Reads the configuration as serve would, and prints each key with its value and where that comes from. A value that
            does not fit ends with 78 and names file, line, key, value and what is allowed.
            """
    ) { invocation in
        guard invocation.rest == ["check"] else { throw UsageFault("say config check.") }
        try TemplateCheck.run(invocation.configuration)
        for warning in invocation.warnings { Output.error("drumbeat config: \(warning)") }
        for setting in Setting.all {
            let text = invocation.configuration.texts[setting.key] ?? setting.fallback
            let origin = invocation.configuration.origins[setting.key] ?? .default
            Output.print("\(setting.key)=\(text)  # \(origin): \(setting.meaning)")
        }
        return .success
    }
}
