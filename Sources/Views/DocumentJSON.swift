import Documents
import JSON
import Model
import Time

extension JSONWriter {
    /// Writes a document's members into the open object.
    public mutating func members(of document: Document, showsContacts: Bool) {
        member("name", document.name)
        member("version", document.edition)
        if let page = document.content as? PersonPage { members(of: page, showsContacts: showsContacts) }
        member("deleted_at", document.deletedAt)
        member("updated_at", document.changedAt)
        member("updated_by", document.changedBy.name)
    }

    private mutating func members(of page: PersonPage, showsContacts: Bool) {
        member("contact", showsContacts ? page.contact : nil)
        member("backup_contact", showsContacts ? page.backupContact : nil)
        name("handles")
        beginObject()
        for handle in page.handles {
            name(handle.system)
            string(handle.handle)
        }
        endObject()
        member("can", page.can)
        member("away_until", page.awayUntil)
    }
}
