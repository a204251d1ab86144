import Encoding
import Glibc
import Outbound
import SQL

/// The linked libraries, and the process environment.
public enum Libraries {
    /// Versions of the loaded C libraries.
    public static var versions: String {
        "SQLite \(Database.libraryVersion), \(CurlTransport.libraryVersion), \(Digest.libraryVersion)"
    }

    public static var environment: [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let parts = String(cString: entry).split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, let name = parts.first, let value = parts.last {
                variables[String(name)] = String(value)
            }
            next += 1
        }
        return variables
    }
}

/// Checks that otherwise only a start would do.
public enum TemplateCheck {
    /// Parses every template and the checklist; throws a `ConfigurationFault` that names file and line.
    public static func run(_ configuration: Configuration) throws(ConfigurationFault) {
        _ = try TemplateLoader.load(folder: configuration.textsFolder)
        _ = try ChecklistLoader.load(folder: configuration.textsFolder)
        _ = try TemplateLoader.lint(configuration.lintMode, folder: configuration.textsFolder)
    }
}
