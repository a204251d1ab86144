import Documents
import Journal
import Model

extension Shelf<Document> {
    /// The contact on a person's page; `nil` without a page or a contact.
    public func contact(of person: Person) -> String? { page(of: person)?.contact }

    /// The names of a person in other systems; empty without a page.
    public func handles(of person: Person) -> [String: String] {
        Dictionary((page(of: person)?.handles ?? []).map { ($0.system, $0.handle) }) { first, _ in first }
    }

    private func page(of person: Person) -> PersonPage? {
        guard let page = snapshot(StreamName(person: person.name)), page.state.isOpen else { return nil }
        return page.state.content as? PersonPage
    }
}

extension StateLoader<Document> {
    /// A version of a document, found by bisection because versions ascend with their seqs; `nil` when there is none. `newest` is the
    /// current state. Blocks on the store.
    public func snapshot(ofEdition edition: Int, of newest: Snapshot<Document>) throws -> Snapshot<Document>?
    {
        guard 1...newest.state.edition ~= edition else { return nil }
        var (low, high) = (1, newest.seq)
        while low <= high {
            let middle = low + (high - low) / 2
            guard let found = try replacement(newest.state.number, upTo: middle) else { return nil }
            if found.state.edition == edition { return found }
            if found.state.edition < edition { low = middle + 1 } else { high = found.seq - 1 }
        }
        return nil
    }
}
