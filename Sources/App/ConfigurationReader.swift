import Model
import OperatingSystem

/// Reads the configuration. Precedence: flags, environment, file, defaults (api.md, "Configuration names").
public struct ConfigurationReader {
    /// The configuration files of which the first that exists is read when no flag names one: that of the current folder, then that of
    /// the systemd unit, so that a command on the host reads what the service reads.
    public static let defaultFiles = ["config/drumbeat.conf", "/etc/drumbeat/drumbeat.conf"]

    /// Environment variables that are not settings: those of clients, and those passed to a successor process.
    private static let otherKeys = [
        "DRUMBEAT_URL", "DRUMBEAT_TOKEN", "DRUMBEAT_TOKEN_FILE", "DRUMBEAT_NAGS_TOKEN",
        "DRUMBEAT_MAIL_PASSWORD",
        "DRUMBEAT_HANDOVER",
    ]
    private static let fileBytesMax = 1 << 20

    private struct Given {
        var text: String
        var origin: Setting.Origin
    }

    private let environment: [String: String]
    private let files: [String]

    public init(environment: [String: String], files: [String]) {
        self.environment = environment
        self.files = files
    }

    /// Reads all sources. `flags` are the arguments after the command; arguments that are not flags are returned as `rest`.
    ///
    /// Throws a `ConfigurationFault` that names the place, the key, the value and what is allowed.
    public func read(
        flags: [String]
    ) throws(ConfigurationFault) -> (configuration: Configuration, rest: [String], warnings: [String]) {
        let line = try CommandLine(flags)
        var given: [String: Given] = [:]
        let file = line.file ?? files.first(where: Files.exists)
        if let file { try takeFile(file, &given) }
        let warnings = takeEnvironment(&given)
        for (key, value, flag) in line.values { given[key] = Given(text: value, origin: .flag(flag)) }

        var configuration = Configuration()
        configuration.file = file
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
                    "\(value.origin): \(setting.key)=\(shown(value.text)): must be \(setting.allowed).\(hint(setting, value.text))"
                )
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

    private func takeFile(_ path: String, _ given: inout [String: Given]) throws(ConfigurationFault) {
        var bytes: [UInt8]
        do throws(FileFault) {
            bytes = try Files.read(path, bytesMax: ConfigurationReader.fileBytesMax)
        } catch {
            throw ConfigurationFault("\(error). Name a readable file with --config FILE.")
        }
        // A byte order mark, which some editors write, is invisible.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
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
            if let problem = problem(ofKey: key) {
                throw ConfigurationFault("\(path) line \(index + 1): \(shown(line)): \(problem)")
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

    /// What is wrong with the form of a key that would be known without it.
    private func problem(ofKey key: String) -> String? {
        let words = key.split { $0 == " " || $0 == "\t" }.map(String.init)
        guard let last = words.last, last.utf8.count < key.utf8.count, Setting.named(last) != nil else {
            return nil
        }
        if words.count == 1 { return "there must be no spaces around the equals sign." }
        return words == ["export", last] ? "remove the word export; a line is KEY=VALUE." : nil
    }

    /// How to fix a value, when it looks like a known mistake. Begins with a space.
    private func hint(_ setting: Setting, _ text: String) -> String {
        if text.isQuoted { return " Remove the quotes: they would be part of the value." }
        if let first = text.utf8.first, let last = text.utf8.last,
            [0x20, 0x09].contains(first) || last <= 0x20
        {
            return " Remove the spaces before and after the value."
        }
        if text.contains(" #") { return " Move the comment to a line of its own." }
        return setting.explain(text).map { " \($0)." } ?? ""
    }

    /// Names that other services use for a setting.
    private static let otherNames = [
        "DRUMBEAT_PORT": "DRUMBEAT_LISTEN", "DRUMBEAT_ADDR": "DRUMBEAT_LISTEN",
        "DRUMBEAT_ADDRESS": "DRUMBEAT_LISTEN", "DRUMBEAT_BIND": "DRUMBEAT_LISTEN",
        "DRUMBEAT_DB": "DRUMBEAT_DATABASE", "DRUMBEAT_DATABASE_URL": "DRUMBEAT_DATABASE",
        "DRUMBEAT_TZ": "DRUMBEAT_TIME_ZONE",
    ]

    /// Documented keys that are not built yet; the operator must know that they have no effect.
    private static let notBuiltYet = [
        "STATUS_PAGE", "BACKUP_DIR", "BACKUP_EVERY", "BACKUP_KEEP",
    ]

    private func advice(for key: String) -> String {
        if ConfigurationReader.notBuiltYet.contains(where: { key == "DRUMBEAT_" + $0 }) {
            return "It is not implemented yet. Remove it."
        }
        if let name = ConfigurationReader.otherNames[key] { return "Did you mean \(name)?" }
        guard let near = Spelling.nearest(to: key, among: Setting.all.map(\.key)) else {
            return "Run drumbeat config check to list the keys."
        }
        return "Did you mean \(near)?"
    }

    /// A text for messages: one line, shortened.
    private func shown(_ text: String) -> String {
        let short = text.unicodeScalars.prefix(100).map {
            $0.properties.generalCategory == .control ? "?" : String($0)
        }
        return short.joined()
    }
}

extension String {
    /// Whether the text is in quotes of a shell.
    var isQuoted: Bool {
        guard utf8.count >= 2, let first = utf8.first, first == utf8.last else { return false }
        return first == UInt8(ascii: "\"") || first == UInt8(ascii: "'")
    }
}
