import Encoding
import Glibc
import Outbound
import SQL

/// What the binary was put together from, and the environment it was started in.
public enum Libraries {
    /// The versions of the C libraries that are loaded.
    public static var versions: String {
        "SQLite \(Database.libraryVersion), \(CurlTransport.libraryVersion), \(Digest.libraryVersion)"
    }

    /// The environment's variables.
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

/// Checks what only a start would otherwise find out.
public enum TemplateCheck {
    /// Reads every template; throws a `ConfigurationFault` that names file, line and placeholder.
    public static func run(_ configuration: Configuration) throws(ConfigurationFault) {
        _ = try TemplateLoader.load(folder: configuration.textsFolder)
    }
}
