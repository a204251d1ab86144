import Documents
import Engine
import Lint
import Model
import Synchronization

/// The names and handles on people's pages, for the linter. They are taken apart again only when a page changed.
final class KnownPeople: Sendable {
    private struct Known {
        var change: Validator
        var names: PersonNames
    }

    private let known = Mutex<Known?>(nil)

    func names(on shelf: Shelf<Document>, for linter: Linter) -> PersonNames {
        // Before the pages: if one changes meanwhile, the next call takes them again.
        let change = shelf.lastChanges().open
        if let known = known.withLock(\.self), known.change == change { return known.names }
        let pages = shelf.open(before: nil, limit: .max) { $0.content is PersonPage }.items.map(\.state)
        let handles = pages.flatMap { ($0.content as? PersonPage)?.handles.map(\.handle) ?? [] }
        let names = linter.names(of: pages.map(\.name) + handles)
        known.withLock { $0 = Known(change: change, names: names) }
        return names
    }
}

extension DrumbeatAPI {
    var knownPeople: PersonNames {
        services.knownPeople.names(
            on: services.documents.shelf, for: services.incidents.policy.lint.linter)
    }
}
