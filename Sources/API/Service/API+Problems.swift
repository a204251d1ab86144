import HTTP
import Model

/// The pages about problems, and the OpenAPI document.
extension APIResponder {
    func readProblem(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        guard let type = context.ticket.parameters.first.flatMap(ProblemType.named) else {
            let known = ProblemType.all.map(\.slug).joined(separator: ", ")
            throw Problem(.notFound, "This problem does not exist. The problems are \(known).")
        }
        let page = ProblemPage.response(for: type, html: context.prefersHTML)
        context.answer(Responses.varying(Responses.tagged(page, for: context)))
    }

    func listProblems(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let page = ProblemPage.list(html: context.prefersHTML)
        context.answer(Responses.varying(Responses.tagged(page, for: context)))
    }

    func readOpenAPI(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        context.answer(context.holds(document.tag) ? Responses.notModified(document.tag) : document.answer)
    }
}

extension RequestContext {
    /// Whether the client prefers HTML; `curl` (`*/*`) gets plain text.
    fileprivate var prefersHTML: Bool {
        request.fields["accept"].map { Accept($0).prefers("text/html", to: "text/plain") } ?? false
    }
}
