import App
import Storage
import Time

extension Commands {
    static let migrate = Command(
        name: "migrate", summary: "bring the database up to date",
        help: """
            usage: drumbeat migrate [--check] [--config FILE] [--database sqlite:FILE]

            Brings the database up to date; serve does it too. With --check it changes nothing: it lists what is missing, and
            ends with 1 when something is.
            """
    ) { invocation in
        let check = invocation.rest == ["--check"]
        if !check { try invocation.allow(atMost: 0) }
        let path = invocation.configuration.database
        if check {
            let pending = try SQLiteStore.pendingMigrations(path: path)
            for migration in pending { Output.print("pending: \(migration.version) (\(migration.name))") }
            Output.print(
                pending.isEmpty ? "\(path) is up to date." : "Run drumbeat migrate, or start drumbeat serve.")
            return pending.isEmpty ? .success : .failure
        }
        let store = try SQLiteStore.open(path: path, purpose: .migrate, now: SystemTime().wall())
        defer { store.close() }
        for warning in store.warnings { Output.error("drumbeat migrate: \(warning)") }
        for name in store.migrated { Output.print("applied: \(name)") }
        Output.print("\(path) is up to date.")
        return .success
    }
}
