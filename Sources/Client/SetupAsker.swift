/// A question of `drumbeat init`.
public struct SetupQuestion: Equatable, Sendable {
    static let everyone = "everyone"

    public let words: String
    /// What an empty answer means; `nil` if there must be an answer.
    public let fallback: String?
    /// Whether the answer is not shown while it is typed.
    public let isSecret: Bool

    private init(_ words: String, _ fallback: String?, isSecret: Bool = false) {
        self.words = words
        self.fallback = fallback
        self.isSecret = isSecret
    }

    /// As a terminal shows it: with the fallback in brackets.
    public var prompt: String { words + (fallback.map { " [\($0)]" } ?? "") + ": " }

    static let nags = SetupQuestion(
        "Where do nags go? The URL of a Slack hook, an ntfy topic, a mail server (smtps://…) or a receiver",
        SetupPlan.none)
    static let kind = SetupQuestion("What listens there? standard, slack, ntfy or smtp", "standard")
    static let token = SetupQuestion("The access token of the topic", SetupPlan.none, isSecret: true)
    static let mailFrom = SetupQuestion("The sender's address", nil)
    static let mailTo = SetupQuestion("The recipients' addresses, with commas between them", nil)
    static let mailUser = SetupQuestion("The user name at the mail server", SetupPlan.none)
    static let mailPassword = SetupQuestion("Its password", SetupPlan.none, isSecret: true)
    static let person = SetupQuestion("Whose nags go there? The name of a person", everyone)
    static let tokens = SetupQuestion(
        "Which folder gets the files with tokens for a bot, a communicator and a dashboard? Or none",
        SetupPlan.tokensFolder)
    static let unit = SetupQuestion("Which file gets the systemd unit?", SetupPlan.none)
}

/// Asks the person at the terminal.
public struct SetupAsker {
    private static let triesMax = 3

    /// Returns the line that was typed, without its end.
    private let read: (SetupQuestion) throws(ClientFault) -> String

    public init(_ read: @escaping (SetupQuestion) throws(ClientFault) -> String) {
        self.read = read
    }

    func text(_ question: SetupQuestion) throws(ClientFault) -> String {
        for _ in 0..<Self.triesMax {
            let line = try read(question)
            let answer = line.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
            if !answer.isEmpty { return String(answer) }
            if let fallback = question.fallback { return fallback }
        }
        throw ClientFault("There was no answer. Run drumbeat init again, or give the flag.")
    }

    func choice(_ question: SetupQuestion) throws(ClientFault) -> String {
        for _ in 0..<Self.triesMax {
            let answer = try text(question).lowercased()
            if SetupPlan.kinds.contains(answer) { return answer }
        }
        throw ClientFault("That is no kind. Run drumbeat init again, or give --kind.")
    }
}
