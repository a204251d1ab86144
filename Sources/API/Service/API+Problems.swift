import HTTP
import Model
import Routing

/// The pages about problems, and the OpenAPI document.
extension DrumbeatAPI {
    func readProblem(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let slug = context.firstParameter
        guard let type = ProblemType.all.first(where: { $0.slug == slug }) else {
            let known = ProblemType.all.map(\.slug).joined(separator: ", ")
            throw Problem(.notFound, "This problem does not exist. The problems are \(known).")
        }
        let page = ProblemPage.response(for: type, html: context.prefersHTML)
        context.answer(Responses.varying(by: .accept, Responses.tagged(page, for: context)))
    }

    func listProblems(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        let page = ProblemPage.list(ProblemType.all, html: context.prefersHTML)
        context.answer(Responses.varying(by: .accept, Responses.tagged(page, for: context)))
    }

    func readOpenAPI(_ context: RequestContext) throws(Problem) {
        try context.noQuery()
        context.answerDocument()
    }
}

extension RequestContext {
    /// Whether the client prefers HTML; `curl` (`*/*`) gets plain text.
    fileprivate var prefersHTML: Bool {
        request.fields["accept"].map { Accept($0).prefers("text/html", to: "text/plain") } ?? false
    }
}
