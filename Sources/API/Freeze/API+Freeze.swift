import Engine
import HTTP
import Incidents
import Journal
import JSON
import Model
import Routing
import Views

/// What pipelines ask before they deploy. Answered on the loop, from memory.
extension DrumbeatAPI {
    func readFreeze(_ context: RequestContext) throws(Problem) {
        let query = try context.query(["scope", "fail"])
        let scope = try query["scope"].map { (text) throws(Problem) in
            if let flaw = TextConstraint.name.flaw(of: text) { throw .parameter("scope", flaw) }
            return DeployScope(text)
        }
        let fails = try query.integer("fail", in: 0...1) == 1
        // Without a token where the operator allows that.
        let isKnown = context.ticket.principal != nil || context.presentedPrincipalCounted != nil
        var answer = services.incidents.counts().freezes.answer(
            to: scope ?? .everything, at: services.routing.clock())
        // Also of a token that is sent although none is needed.
        let caller = context.ticket.principal ?? context.presentedPrincipal
        if !caller.seesConfidential {
            answer = answer.without { [hidden = services.incidents.confidential] in hidden.contains($0) }
        }
        // A freeze ends by time alone, so a 304 would lie.
        let response = Responses.varying(
            by: .token,
            Responses.object(noStore: true) { writer in
                if isKnown {
                    writer.members(of: answer) { services.incidents.snapshot($0)?.incident }
                } else {
                    writer.publicMembers(of: answer)
                }
            })
        guard fails, answer.isBlocked else { return context.answer(response) }
        throw Problem(
            Refusal.deploysFrozen(answer, scope ?? .everything, shown: response.body, links: isKnown))
    }
}

extension ShownResource {
    /// A kept answer to an attempt to deploy, without the incidents that have become confidential.
    func answerOnFreeze(for viewer: Viewer) throws -> ShownResource {
        guard case .object(var answer) = try JSONReader.read(body, limits: .stored),
            let index = answer.members.firstIndex(where: { $0.name == "incidents" }),
            case .array(let refs) = answer.members[index].value
        else { return self }
        answer.members[index].value = .array(
            refs.filter { ref in
                guard case .string(let ref) = ref, let number = Incident.number(inRef: ref) else {
                    return true
                }
                return !viewer.hides(number)
            })
        var shown = self
        shown.body = answer.encoded()
        return shown
    }
}
