import OperatingSystem

/// What `drumbeat init` is to do: of flags, and of answers where someone can be asked.
public struct SetupPlan: Equatable, Sendable {
    static let kinds = ["standard", "slack", "ntfy", "smtp"]
    public static let tokensFolder = "./drumbeat-tokens"
    /// The answer, and the value of `--tokens`, for nothing.
    static let none = "none"
    private static let secretBytesMax = 4_096

    /// A webhook to register.
    public struct Target: Equatable, Sendable {
        var url: String
        var kind: String
        var person: String?
        /// Of ntfy.
        var token: String?
        var mail: Mail?
    }

    public struct Mail: Equatable, Sendable {
        var from: String
        var to: [String]
        var username: String?
        var password: String?
    }

    public var target: Target?
    /// Whether it is registered although one like it is.
    public var isAnother = false
    /// The folder of the files with tokens; `nil` for no tokens.
    public var tokens: String?
    public var unit: String?

    /// Only what is so before anything is asked.
    public static func beforeQuestions(_ arguments: ParsedArguments) throws(UsageFault) -> SetupPlan {
        try refuseMisfits(arguments, isAsking: true)
        var plan = SetupPlan()
        plan.unit = arguments.flag("--unit").flatMap { $0 == none ? nil : $0 }
        return plan
    }

    private init() {}

    /// Reads the flags, and asks for the rest unless `asker` is `nil`.
    public init(
        _ arguments: ParsedArguments, environment: [String: String], asker: SetupAsker?
    ) throws {
        try Self.refuseMisfits(arguments, isAsking: asker != nil)
        isAnother = arguments.has("--another")
        let url = try arguments.flag("--nags") ?? asker?.text(.nags) ?? Self.none
        if url != Self.none {
            target = try Self.target(url, arguments, environment: environment, asker)
        } else {
            try Self.refuseLone(arguments)
        }
        let folder = try arguments.flag("--tokens") ?? asker?.text(.tokens) ?? Self.tokensFolder
        tokens = folder == Self.none ? nil : folder
        let file = try arguments.flag("--unit") ?? asker?.text(.unit) ?? Self.none
        unit = file == Self.none ? nil : file
    }

    /// The kind, where the URL leaves no doubt.
    static func kind(of url: String) -> String? {
        let lowered = url.lowercased()
        if lowered.hasPrefix("smtps://") || lowered.hasPrefix("smtp://") { return "smtp" }
        guard lowered.hasPrefix("https://") else { return nil }
        switch lowered.dropFirst("https://".count).prefix(while: { !"/:?#".contains($0) }) {
        case "hooks.slack.com": return "slack"
        case "ntfy.sh": return "ntfy"
        default: return nil
        }
    }

    private static let ofTarget = [
        "--kind", "--nags-token-file", "--mail-from", "--mail-to", "--mail-user", "--mail-password-file",
        "--person", "--another",
    ]

    /// Someone who is asked may still give the URL.
    private static func refuseMisfits(
        _ arguments: ParsedArguments, isAsking: Bool
    ) throws(UsageFault) {
        for name in ["--nags", "--tokens", "--unit"] where arguments.flag(name)?.isEmpty == true {
            throw UsageFault("\(name) must not be empty.")
        }
        if let kind = arguments.flag("--kind"), !kinds.contains(kind) {
            throw UsageFault("--kind must be \(kinds.dropLast().joined(separator: ", ")) or smtp.")
        }
        guard let url = arguments.flag("--nags"), url != none else {
            if !isAsking { try refuseLone(arguments) }
            return
        }
        guard let kind = arguments.flag("--kind") ?? kind(of: withScheme(url, nil)) else { return }
        try refuseMisfits(arguments, of: kind)
    }

    private static func refuseLone(_ arguments: ParsedArguments) throws(UsageFault) {
        if let lone = ofTarget.first(where: arguments.has) { throw UsageFault("\(lone) needs --nags URL.") }
    }

    /// A host without a scheme gets the one that the kind needs; another text is left as it is.
    private static func withScheme(_ text: String, _ kind: String?) -> String {
        let host = text.prefix { !"/:".contains($0) }
        let isHost =
            host.utf8.contains(UInt8(ascii: ".")) && !host.hasPrefix(".")
            && host.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
                    || "-.".utf8.contains(byte)
            }
        return isHost ? (kind == "smtp" ? "smtps://" : "https://") + text : text
    }

    private static func refuseMisfits(_ arguments: ParsedArguments, of kind: String) throws(UsageFault) {
        let mail = ofTarget.filter { $0.hasPrefix("--mail-") }
        for (names, owner) in [(["--nags-token-file"], "ntfy"), (mail, "smtp")] where kind != owner {
            if let misfit = names.first(where: arguments.has) {
                throw UsageFault("\(misfit) is for --kind \(owner), and this target is of kind \(kind).")
            }
        }
    }

    private static func target(
        _ given: String, _ arguments: ParsedArguments, environment: [String: String], _ asker: SetupAsker?
    ) throws -> Target {
        let url = withScheme(given, arguments.flag("--kind"))
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), url.contains("://") else {
            // What was typed may hold a secret, so it is not quoted.
            let words =
                "must be a URL that begins with https://, or smtps:// for mail, such as https://ntfy.sh/our-incidents."
            guard arguments.has("--nags") else {
                throw ClientFault("The address for nags \(words) Run drumbeat init again.")
            }
            throw UsageFault("--nags \(words)")
        }
        guard let kind = try arguments.flag("--kind") ?? kind(of: url) ?? asker?.choice(.kind) else {
            throw UsageFault(
                "--kind is required, as the URL does not tell it: \(kinds.dropLast().joined(separator: ", ")) or smtp."
            )
        }
        try refuseMisfits(arguments, of: kind)
        var target = Target(url: url, kind: kind, person: nil, token: nil, mail: nil)
        if kind == "ntfy" {
            target.token = try secret(
                arguments.flag("--nags-token-file"), "--nags-token-file", environment["DRUMBEAT_NAGS_TOKEN"],
                { try asker?.text(.token) })
        }
        if kind == "smtp" { target.mail = try mail(arguments, environment: environment, asker) }
        let person = try arguments.flag("--person") ?? asker?.text(.person) ?? SetupQuestion.everyone
        target.person = person == SetupQuestion.everyone ? nil : person
        return target
    }

    private static func mail(
        _ arguments: ParsedArguments, environment: [String: String], _ asker: SetupAsker?
    ) throws -> Mail {
        let given = arguments.flags("--mail-to")
        guard let from = try arguments.flag("--mail-from") ?? asker?.text(.mailFrom), !from.isEmpty else {
            throw UsageFault("--mail-from is required: the address of the sender.")
        }
        let to =
            try given.isEmpty
            ? (asker?.text(.mailTo) ?? "").split { $0 == "," || $0 == " " }.map(String.init) : given
        guard !to.isEmpty else { throw UsageFault("--mail-to is required: the address of a recipient.") }
        let username = try arguments.flag("--mail-user") ?? asker?.text(.mailUser) ?? none
        var mail = Mail(from: from, to: to, username: nil, password: nil)
        guard username != none else {
            guard !arguments.has("--mail-password-file") else {
                throw UsageFault("--mail-password-file needs --mail-user.")
            }
            return mail
        }
        mail.username = username
        mail.password = try secret(
            arguments.flag("--mail-password-file"), "--mail-password-file",
            environment["DRUMBEAT_MAIL_PASSWORD"], { try asker?.text(.mailPassword) })
        return mail
    }

    /// A secret of a file, of the environment or of an answer, which is never an argument: others would see that in the list of processes.
    private static func secret(
        _ file: String?, _ flag: String, _ variable: String?, _ answer: () throws -> String?
    ) throws -> String? {
        guard let file else {
            if let variable, !variable.isEmpty { return variable }
            return try answer().flatMap { $0 == none ? nil : $0 }
        }
        let bytes: [UInt8]
        do throws(FileFault) {
            bytes = try Files.read(file, bytesMax: secretBytesMax)
        } catch {
            throw ClientFault("\(error). \(flag) must name a file with the secret in its first line.")
        }
        let line = bytes.prefix { $0 != 0x0A && $0 != 0x0D }
        guard !line.isEmpty else {
            throw ClientFault("The first line of \(file) is empty. Write the secret there.")
        }
        return String(decoding: line, as: UTF8.self)
    }
}
