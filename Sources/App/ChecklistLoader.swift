import Config
import Incidents

/// The built-in checklist, or that of the operator's folder.
enum ChecklistLoader {
    static func load(folder: String?) throws(ConfigurationFault) -> ChecklistTexts {
        let file = try TextFile(
            "checklists/first-ten-minutes.txt", builtIn: Texts.firstTenMinutes, folder: folder)
        do throws(ChecklistTexts.Fault) {
            return try ChecklistTexts(text: file.text)
        } catch {
            throw ConfigurationFault("\(file.origin) line \(error.line): \(error.detail)")
        }
    }
}
