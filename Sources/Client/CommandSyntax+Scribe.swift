// The commands about what is written down: they amend entries, and show what is open.
extension CommandSyntax {
    private static let named = Argument(
        "INC", "the incident: INC-7, inc-7, 7 or its id", kind: .requiredIncident)
    private static let entryNumber = Argument("ENTRY", "the number of the entry, as drumbeat note printed it")

    public static let confirm = CommandSyntax(
        "confirm", .client, "say how an entry turned out: confirmed, ruled out, done, dropped",
        arguments: [named, entryNumber],
        flags: [
            Flag("--ruled-out", nil, "of a hypothesis: it was not the cause"),
            Flag("--done", nil, "of a todo: it is done, as without a flag"),
            Flag("--dropped", nil, "of a todo: it is not needed any more"),
            Flag("--incomplete", nil, "of a change: it is not in effect everywhere"),
            Flag("--public", nil, "the public may read it from now on"),
        ] + writes,
        remarks: """
            Without a flag a todo is done, a change complete, else confirmed.
            A note or a decision can only be made public. What is public stays so.
            """,
        example: "drumbeat confirm INC-1 12 --public")

    public static let correct = CommandSyntax(
        "correct", .client, "correct the text of an entry, or withdraw it",
        arguments: [
            named, entryNumber,
            Argument("TEXT", "what is right, or why it is withdrawn; - reads it from standard input"),
        ],
        flags: [Flag("--withdraw", nil, "drafts never use the entry again; TEXT says why")] + writes,
        remarks: "The old text is kept. Drafts use the new one.",
        example: #"drumbeat correct INC-1 12 "the errors began at 10:05""#)

    public static let todos = CommandSyntax(
        "todos", .client, "list what is still to be done, by whom and until when",
        arguments: [incident], flags: reads,
        remarks: """
            The first number is the entry: drumbeat confirm INC-1 12 ends it.
            With --json it prints the incident, which has their owners and times.
            """)

    public static let nextAction = CommandSyntax(
        "next", .client, "say what is done next, and by whom",
        arguments: [
            incident,
            Argument("TEXT", "what is done next; - reads it from standard input", kind: .optional),
        ],
        flags: [
            Flag("--owner", "NAME", "who does it"), Flag("--clear", nil, "nothing is planned"),
        ] + writes,
        remarks: "The brief and the drafts show it.",
        example: #"drumbeat next INC-1 "restart the second database" --owner bob"#)

    public static let context = CommandSyntax(
        "context", .client, "print what may explain the incident: deploys, similar incidents",
        arguments: [incident], flags: reads,
        remarks: """
            The deploys are those of the hour before it began.
            Advice is given if one of them is suspected. Of a similar incident it says what helped.
            """)
}
