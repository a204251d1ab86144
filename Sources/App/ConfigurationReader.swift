import OperatingSystem

/// Reads the configuration. Precedence: flags, environment, file, defaults (api.md, "Configuration names").
public struct ConfigurationReader {
    /// The default configuration file; it need not exist.
    public static let defaultFile = "config/drumbeat.conf"

    /// Environment variables that are not settings: those of clients, and those passed to a successor process.
    private static let otherKeys = ["DRUMBEAT_URL", "DRUMBEAT_TOKEN", "DRUMBEAT_HANDOVER"]
    private static let fileBytesMax = 1 << 20

    private struct Given {
        var text: String
        var origin: Setting.Origin
    }

    private let environment: [String: String]

    public init(environment: [String: String]) {
        self.environment = environment
    }

    /// Reads all sources. `flags` are the arguments after the command; arguments that are not flags are returned as `rest`.
    ///
    /// Throws a `ConfigurationFault` that names the place, the key, the value and what is allowed.
    public func read(
        flags: [String]
    ) throws(ConfigurationFault) -> (configuration: Configuration, rest: [String], warnings: [String]) {
        let line = try CommandLine(flags)
        var given: [String: Given] = [:]
        try takeFile(line.file, &given)
        let warnings = takeEnvironment(&given)
        for (key, value, flag) in line.values { given[key] = Given(text: value, origin: .flag(flag)) }

        var configuration = Configuration()
        for setting in Setting.all {
            // A value for all severities is applied before those for one, in the order of the table.
            guard let value = given[setting.key] else {
                configuration.texts[setting.key] = setting.fallback
                configuration.origins[setting.key] = .default
                continue
            }
            configuration.texts[setting.key] = value.text
            configuration.origins[setting.key] = value.origin
            guard setting.apply(&configuration, value.text) else {
                throw ConfigurationFault(
                    "\(value.origin): \(setting.key)=\(shown(value.text)): must be \(setting.allowed).")
            }
        }
        return (configuration, line.rest, warnings)
    }

    /// The flags among a command's arguments.
    private struct CommandLine {
        var file: String?
        var values: [(key: String, value: String, flag: String)] = []
        var rest: [String] = []

        init(_ arguments: [String]) throws(ConfigurationFault) {
            var arguments = arguments[...]
            while let argument = arguments.popFirst() {
                guard argument.hasPrefix("--"), argument != "--" else {
                    rest.append(argument)
                    continue
                }
                let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let flag = String(parts.first ?? "")
                let setting = Setting.all.first { $0.flag == flag }
                guard flag == "--config" || setting != nil else {
                    rest.append(argument)
                    continue
                }
                guard let value = parts.count == 2 ? parts.last.map(String.init) : arguments.popFirst() else {
                    throw ConfigurationFault("\(flag) needs a value: \(flag) \(setting?.fallback ?? "FILE").")
                }
                if let setting {
                    values.append((setting.key, value, flag))
                } else {
                    file = value
                }
            }
        }
    }

    private func takeFile(_ named: String?, _ given: inout [String: Given]) throws(ConfigurationFault) {
        let path = named ?? ConfigurationReader.defaultFile
        guard named != nil || Files.exists(path) else { return }
        let bytes: [UInt8]
        do throws(FileFault) {
            bytes = try Files.read(path, bytesMax: ConfigurationReader.fileBytesMax)
        } catch {
            throw ConfigurationFault("\(error). Name a readable file with --config FILE.")
        }
        for (index, raw) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let line = String(decoding: raw.last == 0x0D ? raw.dropLast() : raw, as: UTF8.self)
            let trimmed = line.utf8.drop { $0 == 0x20 || $0 == 0x09 }
            guard let first = trimmed.first, first != 0x23 else { continue }
            let parts = trimmed.split(separator: 0x3D, maxSplits: 1, omittingEmptySubsequences: false)
            let key = String(decoding: parts.first.map(Array.init) ?? [], as: UTF8.self)
            guard parts.count == 2 else {
                throw ConfigurationFault(
                    "\(path) line \(index + 1): \(shown(line)): must be KEY=VALUE, or a comment after #.")
            }
            guard Setting.named(key) != nil else {
                throw ConfigurationFault(
                    "\(path) line \(index + 1): \(shown(key)) is unknown. \(advice(for: key))")
            }
            if let twice = given[key] {
                throw ConfigurationFault(
                    "\(path) line \(index + 1): \(key) is set twice, first at \(twice.origin).")
            }
            let text = String(decoding: parts.last.map(Array.init) ?? [], as: UTF8.self)
            given[key] = Given(text: text, origin: .file(path, line: index + 1))
        }
    }

    /// An unknown key in the environment is only a warning: it may belong to another program.
    private func takeEnvironment(_ given: inout [String: Given]) -> [String] {
        var warnings: [String] = []
        for (key, value) in environment.sorted(by: { $0.key < $1.key }) where key.hasPrefix("DRUMBEAT_") {
            if Setting.named(key) != nil {
                given[key] = Given(text: value, origin: .environment)
            } else if !ConfigurationReader.otherKeys.contains(key), !key.hasPrefix("DRUMBEAT_TEST_") {
                warnings.append("\(key) in the environment is unknown and was ignored. \(advice(for: key))")
            }
        }
        return warnings
    }

    /// Documented keys that are not built yet; the operator must know that they have no effect.
    private static let notBuiltYet = [
        "WATCH", "WATCH_FLOOR", "FREEZE_FROM", "PUBLIC_FREEZE", "LINT",
    ]

    private func advice(for key: String) -> String {
        if ConfigurationReader.notBuiltYet.contains(where: { key == "DRUMBEAT_" + $0 }) {
            return "It is not implemented yet. Remove it."
        }
        let known = Setting.all.map(\.key)
        let near = known.min { distance($0, key) < distance($1, key) }
        guard let near, distance(near, key) <= 3 else { return "Run drumbeat config check to list the keys." }
        return "Did you mean \(near)?"
    }

    /// Levenshtein distance.
    private func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8.prefix(64)), Array(right.utf8.prefix(64)))
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }

    /// A value for messages: one line, shortened.
    private func shown(_ text: String) -> String {
        let short = text.unicodeScalars.prefix(100).map {
            $0.properties.generalCategory == .control ? "?" : String($0)
        }
        return short.joined()
    }
}
