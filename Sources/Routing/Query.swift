import HTTP
import Model
import Time

/// The query parameters of a request; an unknown one is a typo and is refused.
public struct Query: Sendable {
    private var values: [String: [String]] = [:]

    init(_ items: [QueryItem], known: [String], repeatable: [String] = []) throws(Problem) {
        if items.isEmpty { return }
        for item in items {
            guard let name = (known + repeatable).first(where: { $0.utf8.elementsEqual(item.name.utf8) })
            else {
                let allowed = known + repeatable
                let near = Spelling.nearest(to: item.name, among: allowed)
                throw .parameter(
                    item.name,
                    "unknown parameter; " + (near.map { "did you mean \($0)? " } ?? "")
                        + (allowed.isEmpty
                            ? "this path has none."
                            : "the parameters are \(allowed.joined(separator: ", ")).")
                )
            }
            if values[name] != nil, !repeatable.contains(name) { throw .parameter(name, "given twice.") }
            values[name, default: []].append(item.value)
        }
    }

    public subscript(_ name: String) -> String? { values[name]?.first }

    public func all(_ name: String) -> [String] { values[name] ?? [] }

    /// Range of the page size.
    public static let limitRange = 1...200

    /// The page size; 50 by default.
    public func limit() throws(Problem) -> Int {
        try integer("limit", in: Query.limitRange) ?? 50
    }

    public func integer(_ name: String, in range: ClosedRange<Int>) throws(Problem) -> Int? {
        guard let text = self[name] else { return nil }
        guard let number = Int(digits: Array(text.utf8)), range.contains(number) else {
            throw .parameter(name, "must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// Inlinable: otherwise it would not be specialised for the API's enums, which costs a list's 304 some 1,200 instructions.
    @inlinable public func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, of: Choice.Type)
        throws(Problem)
        -> Choice?
    where Choice.RawValue == String {
        guard let text = self[name] else { return nil }
        guard let choice = Choice(typed: text) else {
            throw .parameter(
                name, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return choice
    }

    public func moment(_ name: String) throws(Problem) -> Timestamp? {
        guard let text = self[name] else { return nil }
        do throws(TimestampFault) {
            return try Timestamp(rfc3339: text)
        } catch {
            // Many encoders turn a plus sign in a query into a space, so an offset is easily lost.
            throw .parameter(name, "\(error.advice) Write a plus sign as %2B.")
        }
    }

    /// The author of a DELETE.
    public func author() throws(Problem) -> String? {
        guard let author = self["author"] else { return nil }
        if let flaw = TextConstraint.person.flaw(of: author) { throw .parameter("author", flaw) }
        return author
    }
}
