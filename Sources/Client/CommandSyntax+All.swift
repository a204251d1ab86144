// The table of commands.
extension CommandSyntax {
    /// In the order of the overview.
    public static let all: [CommandSyntax] = [setup] + client + server + shell

    static let server: [CommandSyntax] = [serve, migrate, token, verify, healthcheck, config]
    static let client: [CommandSyntax] = [
        declare, list, show, note, confirm, correct, todos, nextAction, context, impact, draft, lint, update,
        nothingNew, raise, status, check,
        role, escalate, snooze, follow,
        mitigate, rollback, approve, outcome, mitigations,
        freeze, allow, lift,
        checklist, tick, importLog,
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
            Flag("--scope", "TEXT", "who of all users: a region, a plan, a browser"),
            Flag("--users-affected", "COUNT", "how many users are affected"),
            Flag("--security", nil, "it is a matter of security"),
            Flag("--confidential", nil, "hide it from tokens below scope command"),
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
            Flag("--search", "WORDS", "only with all these words in title, impact or timeline"),
            Flag("--limit", "COUNT", "at most that many, 1 to 200; otherwise 50"),
        ] + reads,
        remarks:
            "Newest first. On a terminal long titles are cut; on a narrow one an incident has lines of its own."
    )

    public static let note = CommandSyntax(
        "note", .client, "add an entry to the timeline",
        arguments: [incident, Argument("TEXT", "what happened; - reads it from standard input")],
        flags: [
            Flag(
                "--kind", "KIND", "note (otherwise), finding, hypothesis, change, decision or todo",
                choices: ["note", "finding", "hypothesis", "change", "decision", "todo"]),
            Flag("--public", nil, "the public may read it"),
            Flag("--owner", "NAME", "of a todo: who does it"),
            Flag("--minutes", "DURATION", "of a todo: when it is due, in 1 to 240 minutes"),
            Flag(
                "--suspect", "WHAT", "of a hypothesis: what changed",
                choices: [
                    "deploy", "config", "migration", "secret", "flag", "job", "dependency", "capacity",
                    "other",
                ]),
            Flag("--changed-at", "TIME", "of a hypothesis: when it changed"),
            Flag("--at", "TIME", "when it happened, such as 2026-01-15T10:02:00Z; otherwise now"),
        ] + writes,
        example: #"drumbeat note INC-1 "errors began at 10:02" --kind finding"#)

    public static let impact = CommandSyntax(
        "impact", .client, "say who is affected, and what they can do meanwhile",
        arguments: [
            incident,
            Argument("TEXT", "who is affected, and how; - reads it from standard input", kind: .optional),
        ],
        flags: [
            Flag("--workaround", "TEXT", "what people can do meanwhile"),
            Flag("--restored-when", "TEXT", "what must be true before the incident can be resolved"),
        ] + writes,
        remarks:
            "Drafts of public updates say it. What is left out stays as it is.",
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
        arguments: [Argument("TEXT", "the text; - reads it from standard input", kind: .optional)],
        flags: [
            Flag("--file", "PATH", "read the text from this file"), audience,
            Flag("--incident", "INC", "as the next update of this incident, such as INC-7"), json, retry,
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
            Flag("--reason", "TEXT", "why the status changes"), override,
            Flag("--basis", "SEQ", "basis_seq of the draft that the text comes from"),
            Flag("--force", nil, "although the incident changed since the draft, or [FILL: …] is left"),
        ] + writes,
        remarks: """
            Without a text it opens the draft in $VISUAL or $EDITOR and publishes what was saved.
            A file that is unchanged or empty publishes nothing.
            Nor does one whose draft is stale: the status, the severity, the impact or the workaround changed, or an entry that the draft
            may quote was confirmed, corrected or withdrawn. What changed is printed, and your words stay in a file.
            """,
        example: #"drumbeat update INC-1 --text "We found the cause and are fixing it." --next 30m"#)

    public static let nothingNew = CommandSyntax(
        "nothing-new", .client, "publish that there is nothing new",
        arguments: [incident], flags: [audience, next] + writes)

    public static let raise = CommandSyntax(
        "raise", .client, "raise the severity",
        arguments: [incident, Argument("SEVERITY", "minor, major or critical", choices: severities)],
        flags: [
            reason,
            Flag("--dispute", nil, "record that another severity is right, for the review; needs a reason"),
        ] + writes, remarks: "It never falls. With --dispute it stays as it is.")

    static let override = Flag("--override", nil, "although a rule is against it; needs a reason")
    static let statuses = ["investigating", "mitigating", "monitoring", "resolved", "cancelled"]

    public static let status = CommandSyntax(
        "status", .client, "change the status",
        arguments: [incident, Argument("STATUS", statuses.joined(separator: ", "), choices: statuses)],
        flags: [
            reason, override,
            Flag("--duplicate-of", "INC", "the incident that continues, with cancelled --reason duplicate"),
        ] + writes,
        remarks: """
            monitoring starts the watch. resolved is for the commander: if something is lacking, it is listed with the command
            that adds it.
            """)

    public static let check = CommandSyntax(
        "check", .client, "record whether something that users do works",
        arguments: [
            incident,
            Argument("PATH", "what was tried, such as \"sign in\"; the same words name the same path"),
        ],
        flags: [
            Flag("--passed", nil, "it works"), Flag("--failed", nil, "it does not"),
            Flag("--evidence", "TEXT", "what was seen"),
            Flag("--by", "NAME", "who tried it; otherwise the author"),
        ] + writes,
        remarks: """
            Resolving needs, for each path, a last check that passed,
            one of them in the second half of the watch. While the status is monitoring, a failed check starts the watch over.
            """,
        example: #"drumbeat check INC-1 "sign in" --passed --evidence "three accounts, under 2 s""#)

    public static let roles = [
        "commander", "communicator", "scribe", "technical_lead", "rollback_approver", "rollback_backup",
    ]

    public static let role = CommandSyntax(
        "role", .client, "give a role to a person, or release it",
        arguments: [
            Argument("INC", "the incident: INC-7, inc-7, 7 or its id", kind: .requiredIncident),
            Argument(
                "ROLE",
                roles.joined(separator: ", "),
                choices: roles),
            Argument("PERSON", "who has the role from now on", kind: .optional),
        ],
        flags: [
            Flag("--contact", "CONTACT", "how to reach the person, such as tel:+49301234"),
            Flag("--release", nil, "no one has the role from now on"),
        ] + writes,
        example: "drumbeat role INC-1 communicator bob")

    public static let escalate = CommandSyntax(
        "escalate", .client, "call someone in",
        arguments: [incident, Argument("PERSON", "who is called in")],
        flags: [
            reason, Flag("--contact", "CONTACT", "how to reach the person, such as tel:+49301234"),
        ] + writes,
        remarks: """
            --reason is required. The person gets the brief, and the decision to resolve or escalate is due an hour from now.
            """,
        example: #"drumbeat escalate INC-1 dana --reason "she knows the database""#)

    public static let snooze = CommandSyntax(
        "snooze", .client, "hold the nags back for some minutes",
        arguments: [incident, Argument("DURATION", "1 to 60 minutes: 10m or 10")],
        flags: [reason] + writes,
        remarks: "--reason is required. The deadline stays.",
        example: #"drumbeat snooze INC-1 10m --reason "the update is being translated""#)

    public static let freeze = CommandSyntax(
        "freeze", .client, "say whether deploys are frozen, and by which incidents",
        flags: [
            Flag(
                "--scope", "SERVICE", "what is to be deployed; otherwise everything, which any freeze freezes"
            ),
            Flag("--fail", nil, "end with 1 while a deploy is stopped"),
        ] + reads,
        example: "drumbeat freeze --scope web --fail && ./deploy")

    public static let allow = CommandSyntax(
        "allow", .client, "allow deploys during a freeze",
        arguments: [incident],
        flags: [
            Flag("--minutes", "DURATION", "for how long, 1 to 120 minutes; otherwise 30"),
            Flag("--scope", "SERVICE", "what may be deployed, * for everything; otherwise what is frozen"),
            Flag("--what", "TEXT", "what is deployed, such as the version of the fix"),
            Flag("--revoke", "ID", "end this exception instead"),
        ] + writes,
        remarks:
            "The rollback approver, their backup or the commander grants it, or anyone while there is no commander.",
        example: #"drumbeat allow INC-1 --minutes 30 --what "2.14.1, the fix""#)

    public static let lift = CommandSyntax(
        "lift", .client, "lift the freeze of deploys",
        arguments: [incident], flags: writes,
        remarks: "Only of this incident; others may freeze the same scope.")

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

    public static let checklist = CommandSyntax(
        "checklist", .client, "print the checklist of the first ten minutes",
        arguments: [incident], flags: reads,
        remarks: "Each item with its window, in UTC, and who ticked it. Tick one with drumbeat tick.")

    static let checklistItems = [
        "confirm_impact", "stop_risky_change", "quick_checks", "choose_path", "write_down",
    ]

    public static let tick = CommandSyntax(
        "tick", .client, "tick an item of the checklist",
        arguments: [
            incident, Argument("ITEM", checklistItems.joined(separator: ", "), choices: checklistItems),
        ],
        flags: writes, example: "drumbeat tick INC-1 confirm_impact")

    public static let importLog = CommandSyntax(
        "import", .client, "add the messages of a chat log to the timeline",
        arguments: [incident, Argument("FILE", "the log; - reads it from standard input")],
        flags: [
            Flag(
                "--date", "DATE",
                "the day of the first message, such as 2026-01-15; otherwise that of the start"),
            Flag("--zone", "ZONE", "the time zone of the log: UTC (otherwise), +02:00 or Europe/Berlin"),
            Flag("--dry-run", nil, "print what would be added, and add nothing"), json, retry,
        ],
        remarks: """
            A message looks like [10:04] alice: lag recovering; other lines go on from the one before.
            The same log again, or a longer one, adds only what is new.
            """,
        example: "drumbeat import INC-1 chat.log --zone Europe/Berlin --dry-run")

    static let experiment = [
        Flag("--expect", "TEXT", "the effect that you expect"),
        Flag("--metric", "TEXT", "the one metric that shows it"),
        Flag("--risk", "TEXT", "what may go wrong"),
        Flag("--owner", "NAME", "who does it"),
        Flag("--parallel", "TEXT", "why it runs beside another one that is open"),
    ]
    static let entry = Flag("--entry", "SEQ", "the entry that began it, if there are several")

    public static let mitigate = CommandSyntax(
        "mitigate", .client, "start a mitigation: one change, with its expected effect",
        arguments: [incident, Argument("TEXT", "what is changed; - reads it from standard input")],
        flags: experiment + [
            Flag(
                "--kind", "KIND", "what kind of change it is; other if left out",
                choices: [
                    "flag_off", "fallback", "relieve_pressure", "pause", "guardrail", "restore", "other",
                ])
        ] + writes,
        remarks: "One is tried at a time. drumbeat outcome says how it ended.",
        example:
            #"drumbeat mitigate INC-1 "turn the new search off" --expect "errors under 1 %" --metric "error rate""#
    )

    public static let rollback = CommandSyntax(
        "rollback", .client, "request a rollback, which needs a yes",
        arguments: [incident, Argument("VERSION", "what it returns to")],
        flags: [
            Flag(
                "--database", "HOW", "safe, if the older version works with the data, or forward_fix",
                choices: ["safe", "forward_fix"])
        ] + experiment + [
            reason, Flag("--override", nil, "although a rollback did not help before; needs a reason"),
        ] + writes,
        remarks: """
            --database is required.
            The rollback approver may say yes at once, then every five minutes the backup, the commander and everyone with scope command as
            well. If you may say yes, it starts at once.
            """,
        example:
            #"drumbeat rollback INC-1 2.13.4 --database safe --expect "sign-in works" --metric "sign-ins a minute""#
    )

    public static let approve = CommandSyntax(
        "approve", .client, "answer the request for a rollback",
        arguments: [incident, Argument("ANSWER", "yes or no", choices: ["yes", "no"])],
        flags: [
            reason, entry,
            Flag("--parallel", "TEXT", "why it starts beside another mitigation that is open"),
        ] + writes,
        example: "drumbeat approve INC-1 yes")

    public static let outcome = CommandSyntax(
        "outcome", .client, "say how a mitigation ended",
        arguments: [
            incident,
            Argument(
                "RESULT", "worked, no_effect, made_worse or abandoned",
                choices: ["worked", "no_effect", "made_worse", "abandoned"]),
        ],
        flags: [Flag("--seen", "TEXT", "what was seen"), entry] + writes,
        example: #"drumbeat outcome INC-1 worked --seen "errors are at 0.2 %""#)

    public static let mitigations = CommandSyntax(
        "mitigations", .client, "list what was tried",
        arguments: [incident],
        flags: [Flag("--limit", "COUNT", "at most that many, 1 to 200; otherwise 50")] + reads,
        remarks: """
            Newest first: what waits for a yes, what is open, and how the others ended.
            The first number is the entry that began it, for --entry of drumbeat approve and drumbeat outcome.
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
