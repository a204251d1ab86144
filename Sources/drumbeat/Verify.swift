import App
import Client
import Glibc
import Storage
import Time

extension Commands {
    static let verify = Command(
        .verify,
        help: """
            usage: drumbeat verify [FILE]

            Reads the whole database (FILE, or the configured one) and checks its pages, the hash chain of every incident, and
            every row against its fold. Works while the service runs. On a fault it exits with 1 and names the first bad entry.
            """
    ) { invocation in
        try invocation.allow(atMost: 1)
        let path = invocation.rest.first ?? invocation.configuration.database
        let store = try SQLiteStore.open(path: path, purpose: .beside, now: SystemTime().wall())
        let reader = store.reader(connections: 1)
        defer {
            reader.close()
            store.close()
        }
        let showsProgress = isatty(2) == 1
        let report = try Verifier(reader).run { entries in
            if showsProgress { Output.progress("checked \(entries) entries") }
        }
        if showsProgress { Output.progress("") }
        for fault in report.faults { Output.error("\(path): \(fault)") }
        let redacted = report.redacted == 0 ? "" : ", \(report.redacted) of them redacted"
        let documents = report.documents == 0 ? "" : "\(counted(report.documents, "document")), "
        let entries = "\(report.entries) \(report.entries == 1 ? "entry" : "entries")"
        let found = "\(counted(report.incidents, "incident")), \(documents)\(entries)\(redacted)"
        guard report.faults.isEmpty else {
            Output.error(
                "\(path): verification failed (\(found)). Restore a backup, and keep this file for the investigation."
            )
            return .failure
        }
        Output.print("\(path): verified \(found).")
        return .success
    }

    /// `1 incident`, `2 incidents`.
    private static func counted(_ count: Int, _ what: String) -> String {
        "\(count) \(what)\(count == 1 ? "" : "s")"
    }
}
