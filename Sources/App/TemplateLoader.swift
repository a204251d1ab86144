import Config
import Incidents
import Lint

/// The built-in texts, replaced file by file by those in the operator's folder.
enum TemplateLoader {
    static func load(folder: String?) throws(ConfigurationFault) -> [Template] {
        var templates: [Template] = []
        for (name, builtIn) in Texts.templates {
            let file = try TextFile("templates/\(name).txt", builtIn: builtIn, folder: folder)
            do throws(Template.Fault) {
                templates.append(try Template(name: name, text: file.text))
            } catch {
                throw ConfigurationFault("\(file.origin) line \(error.line): \(error.detail)")
            }
        }
        return templates
    }

    /// The linter with its words.
    static func lint(_ mode: UpdateLint.Mode, folder: String?) throws(ConfigurationFault) -> UpdateLint {
        let words = try TextFile("lint/en.txt", builtIn: Texts.lintWords, folder: folder)
        let steps = try TextFile("lint/no-steps.txt", builtIn: Texts.noSteps, folder: folder)
        do throws(WordList.Fault) {
            return UpdateLint(mode, Linter(words: try WordList(words.text)), StepWords(steps.text))
        } catch {
            throw ConfigurationFault("\(words.origin) line \(error.line): \(error.detail)")
        }
    }
}
