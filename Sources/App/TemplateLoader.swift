import Config
import Incidents
import OperatingSystem

/// The built-in templates, replaced file by file by those in the operator's folder.
enum TemplateLoader {
    private static let bytesMax = 64 << 10

    static func load(folder: String?) throws(ConfigurationFault) -> [Template] {
        var templates: [Template] = []
        for (name, builtIn) in Texts.templates {
            templates.append(try template(name, builtIn, folder))
        }
        return templates
    }

    private static func template(
        _ name: String, _ builtIn: String, _ folder: String?
    ) throws(ConfigurationFault) -> Template {
        var text = builtIn
        var path = "built-in template \(name)"
        if let folder, Files.exists("\(folder)/templates/\(name).txt") {
            path = "\(folder)/templates/\(name).txt"
            text = try read(path)
        }
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
                "\(error). Make the file readable, or remove it to use the built-in template.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationFault(
                "\(path) is not UTF-8. Save it as UTF-8, or remove it to use the built-in template.")
        }
        return text
    }
}
