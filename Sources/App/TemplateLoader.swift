import Config
import Incidents

/// The built-in templates, replaced file by file by those in the operator's folder.
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
}
