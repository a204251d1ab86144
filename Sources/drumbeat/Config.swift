import App

extension Commands {
    static let config = Command(
        name: "config", summary: "check the configuration and show it",
        help: """
            usage: drumbeat config check [--config FILE] [--KEY VALUE …]

            Reads the configuration like serve and prints each key with its value and its origin. On an invalid value it exits
            with 78 and names the file, line, key, value and the allowed values.
            """
    ) { invocation in
        guard invocation.rest == ["check"] else { throw UsageFault("the command is config check.") }
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
