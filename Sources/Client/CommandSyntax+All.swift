// The table of commands.
extension CommandSyntax {
    /// In the order of the overview.
    public static let all: [CommandSyntax] = [setup] + client + server + shell

    static let server: [CommandSyntax] = [serve, migrate, token, verify, healthcheck, config]
    static let client: [CommandSyntax] = [
        declare, list, show, note, impact, draft, lint, update, nothingNew, raise, status, role, snooze,
        follow,
    ]
    static let shell: [CommandSyntax] = [completion, manual]

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

    public static let setup = CommandSyntax(
        "init", .setup, "set a running service up: where nags go, first tokens, the unit file",
        flags: [
            Flag("--nags", "URL", "where nags go: a Slack hook, an ntfy topic, smtps://…, your own receiver"),
            Flag(
                "--kind", "KIND", "what listens there; not needed if the URL tells",
                choices: SetupPlan.kinds),
            Flag("--nags-token-file", "FILE", "a file with the access token of an ntfy topic"),
            Flag("--mail-from", "ADDRESS", "the sender of mails"),
            Flag("--mail-to", "ADDRESS", "a recipient of mails; may be repeated", isRepeatable: true),
            Flag("--mail-user", "NAME", "the user name at the mail server"),
            Flag("--mail-password-file", "FILE", "a file with its password"),
            Flag("--person", "NAME", "only nags that ask this person; otherwise those to everyone"),
            Flag("--another", nil, "register the URL although one of its kind and host is registered"),
            Flag(
                "--tokens", "FOLDER",
                "where the files with first tokens go; otherwise drumbeat-tokens; none for no tokens"),
            Flag("--unit", "FILE", "write the systemd unit there"),
            Flag("--yes", nil, "ask nothing"),
            Flag("--json", nil, "print what was done as JSON, and ask nothing"), retry,
        ],
        remarks: """
            It needs a token of scope admin.
            On a terminal it asks for what no flag says.
            Last it sends a test nag and waits for its result. No file is overwritten, and a second run repeats nothing.
            The access token of ntfy may also be DRUMBEAT_NAGS_TOKEN, the password DRUMBEAT_MAIL_PASSWORD.
            """,
        example: "drumbeat init --nags https://ntfy.example/our-incidents --kind ntfy --yes")

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

    public static let impact = CommandSyntax(
        "impact", .client, "say who is affected, and what they can do meanwhile",
        arguments: [incident, Argument("TEXT", "who is affected, and how; - reads it from standard input")],
        flags: [Flag("--workaround", "TEXT", "what people can do meanwhile")] + writes,
        remarks: "Drafts of public updates say it. A later text replaces the earlier one.",
        example: #"drumbeat impact INC-1 "Many people cannot sign in" --workaround "Use the app""#)

    public static let show = CommandSyntax(
        "show", .client, "print the brief of an incident",
        arguments: [incident], flags: reads,
        remarks: "At most fifteen lines for those who join: who, since when, what is known, what is next.")

    static let audience = Flag(
        "--audience", "AUDIENCE", "public (otherwise) or internal", choices: ["public", "internal"])
    static let next = Flag("--next", "DURATION", "promise the next update by then, such as 30m")
    static let reason = Flag("--reason", "TEXT", "why")

    public static let draft = CommandSyntax(
        "draft", .client, "print the draft of a status update",
        arguments: [incident],
        flags: [
            audience, next,
            Flag(
                "--template", "NAME", "a template instead of the one that fits",
                choices: [
                    "acknowledge", "update", "nothing_new", "resolution", "withdrawn", "decide", "internal",
                ]),
        ] + reads,
        remarks:
            "A pipe gets the draft as it would be published; on a terminal, characters that hide are written out.",
        example: "drumbeat draft INC-1 | drumbeat update INC-1 -")

    public static let lint = CommandSyntax(
        "lint", .client, "look for guesses, blame and promises in a text",
        arguments: [Argument("TEXT", "the text; - reads it from standard input")],
        flags: [
            audience, Flag("--incident", "INC", "as the next update of this incident, such as INC-7"),
            json, retry,
        ],
        remarks: "Without --incident the text is read as the first update of an incident.",
        example: "drumbeat draft INC-1 | drumbeat lint - --incident INC-1")

    public static let update = CommandSyntax(
        "update", .client, "write and publish a status update",
        arguments: [incident, Argument("-", "reads the text from standard input", kind: .optional)],
        flags: [
            Flag("--text", "TEXT", "the text, instead of an editor; - reads it from standard input"),
            audience, next,
            Flag("--status", "STATUS", "change the status with the update", choices: statuses),
            Flag("--reason", "TEXT", "why the status changes"),
            Flag("--basis", "SEQ", "basis_seq of the draft that the text comes from"),
        ] + writes,
        remarks: """
            Without a text it opens the draft in $VISUAL or $EDITOR and publishes what was saved.
            A file that is unchanged or empty publishes nothing. If the incident changed meanwhile, nothing is published, what is new is
            printed, and your words stay in a file.
            """,
        example: #"drumbeat update INC-1 --text "We found the cause and are fixing it." --next 30m"#)

    public static let nothingNew = CommandSyntax(
        "nothing-new", .client, "publish that there is nothing new",
        arguments: [incident], flags: [audience, next] + writes)

    public static let raise = CommandSyntax(
        "raise", .client, "raise the severity",
        arguments: [incident, Argument("SEVERITY", "minor, major or critical", choices: severities)],
        flags: [reason] + writes, remarks: "It never falls.")

    static let statuses = ["investigating", "mitigating", "monitoring", "resolved", "cancelled"]

    public static let status = CommandSyntax(
        "status", .client, "change the status",
        arguments: [incident, Argument("STATUS", statuses.joined(separator: ", "), choices: statuses)],
        flags: [
            reason, Flag("--override", nil, "although a rule is against it; needs a reason"),
            Flag("--duplicate-of", "INC", "the incident that continues, with cancelled --reason duplicate"),
        ] + writes)

    public static let role = CommandSyntax(
        "role", .client, "give a role to a person, or release it",
        arguments: [
            Argument("INC", "the incident: INC-7, inc-7, 7 or its id", kind: .requiredIncident),
            Argument(
                "ROLE",
                "commander, communicator, scribe, technical_lead, rollback_approver or rollback_backup",
                choices: [
                    "commander", "communicator", "scribe", "technical_lead", "rollback_approver",
                    "rollback_backup",
                ]),
            Argument("PERSON", "who has the role from now on", kind: .optional),
        ],
        flags: [
            Flag("--contact", "CONTACT", "how to reach the person, such as tel:+49301234"),
            Flag("--release", nil, "no one has the role from now on"),
        ] + writes,
        example: "drumbeat role INC-1 communicator bob")

    public static let snooze = CommandSyntax(
        "snooze", .client, "hold the nags back for some minutes",
        arguments: [incident, Argument("DURATION", "1 to 60 minutes: 10m or 10")],
        flags: [reason] + writes,
        remarks: "--reason is required. The deadline stays.",
        example: #"drumbeat snooze INC-1 10m --reason "the update is being translated""#)

    public static let follow = CommandSyntax(
        "follow", .client, "show the entries of an incident as they are recorded",
        arguments: [incident],
        flags: [
            Flag("--last", "COUNT", "begin with that many entries, 0 to 200; otherwise 10"), json, retry,
        ],
        remarks: """
            On a terminal the last line counts down to the next status update.
            It connects again by itself, without losing an entry, and ends on Ctrl-C. With --json each line is an entry.
            """)

    public static let completion = CommandSyntax(
        "completion", .text, "print the completion for a shell",
        arguments: [Argument("SHELL", "bash, zsh or fish", choices: ["bash", "zsh", "fish"])],
        remarks: """
            For bash: drumbeat completion bash >~/.local/share/bash-completion/completions/drumbeat
            For zsh, in a folder of fpath: drumbeat completion zsh >~/.zfunc/_drumbeat
            For fish: drumbeat completion fish >~/.config/fish/completions/drumbeat.fish
            """)

    public static let manual = CommandSyntax(
        "man", .text, "print the manual page, in roff",
        remarks: "To read it: drumbeat man | man -l -")
}
