import Engine
import HTTP
import JSON
import Routing

/// What a person finds who opens the address of the service.
extension DrumbeatAPI {
    func readWelcome(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        context.answer(
            Responses.text(
                """
                Drumbeat coordinates live incidents over HTTP. This is its API; there is no web page yet.
                To sign in, send a token: curl --oauth2-bearer dbt_… THIS-ADDRESS/v1/incidents
                Documentation: /openapi.json has every path, /problems every refusal, docs/ of the sources the rest.

                """))
    }
}

/// Routes for monitoring. They use no SQL, so they respond while the store hangs.
extension DrumbeatAPI {
    func readHealth(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        context.answer(Responses.object(noStore: true) { $0.member("status", "ok") })
    }

    /// Without a valid token the response has the status only; the log has the details.
    func readReadiness(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let readiness = services.readiness()
        let now = services.routing.clock()
        for check in readiness.checks where readinessLog.isDue(check, at: now) {
            services.routing.log(
                .warning, "readiness.fault",
                [("check", "\(check.name)"), ("status", check.status), ("detail", check.detail ?? "")])
        }
        let isKnown = context.presentedPrincipalCounted != nil
        var answer = Responses.object(readiness.isReady ? .ok : .serviceUnavailable, noStore: true) {
            writer in
            writer.member("status", readiness.isReady ? "ok" : "unavailable")
            if isKnown { DrumbeatAPI.write(readiness.checks, to: &writer) }
        }
        if !readiness.isReady { answer.fields.append(("Retry-After", "1")) }
        context.answer(answer)
    }

    func readMetrics(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        context.answer(
            Response(
                .ok,
                fields: [
                    ("Content-Type", "text/plain; version=0.0.4; charset=utf-8"),
                    ("Cache-Control", "no-store"),
                ], body: services.metrics()))
    }

    private static func write(_ checks: [Readiness.Check], to writer: inout JSONWriter) {
        writer.name("checks")
        writer.beginObject()
        for check in checks {
            writer.name(check.name)
            writer.beginObject()
            writer.member("status", check.status)
            for (name, value) in check.figures { writer.member(name, value) }
            writer.member("detail", check.detail)
            writer.endObject()
        }
        writer.endObject()
    }
}
