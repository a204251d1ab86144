import App
import Client
import Storage
import Time

extension Commands {
    static let migrate = Command(
        .migrate,
        help: """
            usage: drumbeat migrate [--check] [--config FILE] [--database sqlite:FILE]

            Applies the missing migrations; serve does this too. With --check it changes nothing: it lists the missing migrations
            and exits with 1 if there are any.
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
