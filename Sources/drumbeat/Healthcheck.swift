import App

extension Commands {
    static let healthcheck = Command(
        name: "healthcheck", summary: "ask the running service whether it is ready",
        help: """
            usage: drumbeat healthcheck [--listen ADDRESS:PORT]

            Asks /readyz at the configured address, for 3 s at most. Ends with 0 when it is ready, else with 1.
            """
    ) { invocation in
        try invocation.allow(atMost: 0)
        let address = invocation.configuration.server.listen
        switch HealthCheck.status(of: address, named: invocation.configuration.server.hosts?.first) {
        case 200?:
            Output.print("\(address): ready")
            return .success
        case let status?:
            Output.error("\(address): not ready (\(status)); the service's log says why.")
        case nil:
            Output.error(
                "\(address): nobody answers. Is drumbeat serve running, and does DRUMBEAT_LISTEN name its address?"
            )
        }
        return .failure
    }
}
