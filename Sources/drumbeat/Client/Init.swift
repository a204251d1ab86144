import Client
import Config
import Glibc
import JSON

extension Commands {
    static let setup = ClientSession.command(.setup) { session in
        let setup = Setup(
            session.caller, once: try session.impatientCaller(), wait: ClientSession.wait,
            say: { if !session.isJSON { Output.print($0) } })
        do {
            let works = try run(setup, session)
            if session.isJSON { Output.print(setup.record.encoded()) }
            return works ? .success : .failure
        } catch let fault as ClientFault {
            guard session.isJSON else { throw fault }
            // What was done before must be seen, and standard output has one text.
            var record = setup.record
            record.members.append(
                .init(name: "problem", value: fault.problem?.json ?? fault.description.asJSON))
            Output.print(record.encoded())
            throw ClientFault(fault.description)
        }
    }

    /// Wrong flags are refused before anything is done. The unit comes before the service, which it may be for; and questions come after
    /// it, so that no answer is in vain.
    private static func run(_ setup: Setup, _ session: ClientSession) throws -> Bool {
        let arguments = session.arguments
        let isAsking =
            isatty(0) == 1 && session.screen.isTerminal && !session.isJSON && !arguments.has("--yes")
        let asker = isAsking ? SetupAsker(TerminalQuestions.ask) : nil
        let flagged =
            try isAsking
            ? SetupPlan.beforeQuestions(arguments)
            : SetupPlan(arguments, environment: session.environment, asker: nil)
        if let unit = flagged.unit { try setup.writeUnit(Texts.unit, to: unit) }
        try setup.signIn(isPatient: arguments.has("--retry"))
        let plan =
            try asker.map { asker in
                try SetupPlan(arguments, environment: session.environment, asker: asker)
            } ?? flagged
        if let unit = plan.unit, flagged.unit == nil { try setup.writeUnit(Texts.unit, to: unit) }
        if let target = plan.target { try setup.register(target, isAnother: plan.isAnother) }
        if let folder = plan.tokens { try setup.writeTokens(to: folder) }
        return try setup.test()
    }
}
