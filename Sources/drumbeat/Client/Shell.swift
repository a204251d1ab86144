import App
import Client

extension Commands {
    static let completion = Command(.completion) { arguments in
        guard let script = Completion.script(for: arguments.text("SHELL") ?? "") else {
            throw UsageFault("there are completions for bash, zsh and fish.")
        }
        Output.print(script)
        return .success
    }

    static let manual = Command(.manual) { _ in
        Output.print(ManualPage.text(version: drumbeatVersion))
        return .success
    }
}
