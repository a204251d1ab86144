// The table of commands.
extension CommandSyntax {
    /// In the order of the overview.
    public static let all: [CommandSyntax] = server + client

    static let server: [CommandSyntax] = [serve, migrate, token, verify, healthcheck, config]
    static let client: [CommandSyntax] = [declare, list, note]

    public static let serve = CommandSyntax("serve", .server, "run the service")
    public static let migrate = CommandSyntax("migrate", .server, "bring the database up to date")
    public static let token = CommandSyntax(
        "token", .server, "create, list and revoke tokens",
        arguments: [Argument("ACTION", "what to do", choices: ["create", "list", "revoke"])])
    public static let verify = CommandSyntax("verify", .server, "check every hash chain of the journal")
    public static let healthcheck = CommandSyntax(
        "healthcheck", .server, "ask the running service whether it is ready")
    public static let config = CommandSyntax(
        "config", .server, "check the configuration and show it",
        arguments: [Argument("ACTION", "what to do", choices: ["check"])])

    // Arguments and flags that several commands share.
    static let incident = Argument(
        "INC", "the incident: INC-7, inc-7, 7 or its id; the only open one if left out", kind: .incident)
    static let severities = ["minor", "major", "critical"]
    static let json = Flag("--json", nil, "print the JSON of the service as received")
    static let author = Flag("--author", "NAME", "who says so; otherwise the token's name")
    static let retry = Flag(
        "--retry", "DURATION", "how long to retry a failing call, at most and otherwise 30s")
    static let reads = [json, retry]
    static let writes = [author, json, retry]

    public static let declare = CommandSyntax(
        "declare", .client, "declare an incident",
        arguments: [Argument("TITLE", "what is wrong, on one line")],
        flags: [
            Flag(
                "--severity", "SEVERITY", "minor, major or critical; also p3, sev2, s1", choices: severities),
            Flag("--impact", "TEXT", "who is affected, and how"),
            Flag("--public-title", "TEXT", "the headline of public updates"),
            Flag("--commander", "NAME", "who is in charge"),
            Flag("--communicator", "NAME", "who writes the updates"),
            Flag("--channel", "CHANNEL", "where people talk, such as slack:C9"),
            Flag("--label", "KEY=VALUE", "a label; may be repeated", isRepeatable: true),
            Flag("--started-at", "TIME", "when it began, such as 2026-01-15T10:02:00Z"),
        ] + writes,
        remarks: "--severity is required.",
        example:
            #"drumbeat declare "People cannot sign in" --severity major --impact "Many users cannot sign in""#
    )

    public static let list = CommandSyntax(
        "list", .client, "list incidents",
        flags: [
            Flag(
                "--state", "STATE", "open, ended or all; otherwise open", choices: ["open", "ended", "all"]),
            Flag("--severity", "SEVERITY", "only of this severity", choices: severities),
            Flag("--limit", "COUNT", "at most that many, 1 to 200; otherwise 50"),
        ] + reads,
        remarks: "Newest first. On a terminal long titles are cut.")

    public static let note = CommandSyntax(
        "note", .client, "add an entry to the timeline",
        arguments: [incident, Argument("TEXT", "what happened; - reads it from standard input")],
        flags: [
            Flag(
                "--kind", "KIND", "note (otherwise), finding, hypothesis, change, decision or todo",
                choices: ["note", "finding", "hypothesis", "change", "decision", "todo"]),
            Flag("--public", nil, "the public may read it"),
            Flag("--at", "TIME", "when it happened, such as 2026-01-15T10:02:00Z; otherwise now"),
        ] + writes,
        example: #"drumbeat note INC-1 "errors began at 10:02" --kind finding"#)
}
