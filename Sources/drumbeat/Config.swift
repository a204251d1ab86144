import App
import Client

extension Commands {
    static let config = Command(
        .config,
        help: """
            usage: drumbeat config check [--quiet] [--config FILE] [--KEY VALUE …]

            Reads the configuration like serve and prints each key with its value, in the form of a configuration file, and its origin.
            With --quiet it only checks. On an invalid value it exits with 78 and names the file, line, key, value and the
            allowed values.
            Without --config it reads \(ConfigurationReader.defaultFiles.joined(separator: ", or else ")).
            """
    ) { invocation in
        let isQuiet = invocation.rest == ["check", "--quiet"]
        guard isQuiet || invocation.rest == ["check"] else {
            throw UsageFault("the command is config check.")
        }
        try TemplateCheck.run(invocation.configuration)
        for warning in invocation.warnings { Output.error("drumbeat config: \(warning)") }
        if isQuiet { return .success }
        Output.print("# \(invocation.fileRead)")
        for setting in Setting.all {
            let origin = invocation.configuration.origins[setting.key] ?? .default
            if origin == .default, !setting.hasDefaultValue {
                Output.print("\n# \(setting.meaning) (default: \(setting.fallback))\n#\(setting.key)=")
            } else {
                let text = invocation.configuration.texts[setting.key] ?? setting.fallback
                Output.print("\n# \(setting.meaning) (\(origin))\n\(setting.key)=\(text)")
            }
        }
        return .success
    }
}
