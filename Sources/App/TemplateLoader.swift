import Config
import Incidents
import Lint
import OperatingSystem

/// The built-in texts, replaced file by file by those in the operator's folder.
enum TemplateLoader {
    private static let bytesMax = 64 << 10

    static func load(folder: String?) throws(ConfigurationFault) -> [Template] {
        var templates: [Template] = []
        for (name, builtIn) in Texts.templates {
            templates.append(try template(name, builtIn, folder))
        }
        return templates
    }

    /// The linter with its words.
    static func lint(_ mode: UpdateLint.Mode, folder: String?) throws(ConfigurationFault) -> UpdateLint {
        let (words, path) = try file("lint/en", Texts.lintWords, folder)
        let (steps, _) = try file("lint/no-steps", Texts.noSteps, folder)
        do throws(WordList.Fault) {
            return UpdateLint(mode, Linter(words: try WordList(words)), StepWords(steps))
        } catch {
            throw ConfigurationFault("\(path) line \(error.line): \(error.detail)")
        }
    }

    /// A text by its name without `.txt`, and where it comes from.
    private static func file(
        _ name: String, _ builtIn: String, _ folder: String?
    ) throws(ConfigurationFault) -> (text: String, path: String) {
        guard let folder, Files.exists("\(folder)/\(name).txt") else { return (builtIn, "built-in \(name)") }
        let path = "\(folder)/\(name).txt"
        return (try read(path), path)
    }

    private static func template(
        _ name: String, _ builtIn: String, _ folder: String?
    ) throws(ConfigurationFault) -> Template {
        let (text, path) = try file("templates/\(name)", builtIn, folder)
        do throws(Template.Fault) {
            return try Template(name: name, text: text)
        } catch {
            throw ConfigurationFault("\(path) line \(error.line): \(error.detail)")
        }
    }

    private static func read(_ path: String) throws(ConfigurationFault) -> String {
        let bytes: [UInt8]
        do throws(FileFault) {
            bytes = try Files.read(path, bytesMax: bytesMax)
        } catch {
            throw ConfigurationFault(
                "\(error). Make the file readable, or remove it to use the built-in text.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationFault(
                "\(path) is not UTF-8. Save it as UTF-8, or remove it to use the built-in text.")
        }
        return text
    }
}
