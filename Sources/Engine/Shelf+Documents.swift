import Documents
import Journal
import Model

extension Shelf<Document> {
    /// The contact on a person's page; `nil` without a page or a contact.
    public func contact(of person: Person) -> String? {
        guard let page = snapshot(StreamName(person: person.name)), page.state.isOpen else { return nil }
        return (page.state.content as? PersonPage)?.contact
    }
}
