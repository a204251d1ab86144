import HTTP
import JSON
import Testing

/// A parsed response of the API.
struct Reply {
    let status: Int
    let fields: [(name: String, value: String)]
    let body: [UInt8]
    /// The body as JSON; `nil` if it is not JSON.
    let json: JSONValue?

    init(_ response: Response) {
        status = response.status.code
        fields = response.fields
        body = response.body
        json = try? JSONReader.read(response.body, limits: .stored)
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The value of a field; `nil` if it is absent or repeated.
    func field(_ name: String) -> String? {
        let values = fields.filter { $0.name.lowercased() == name.lowercased() }
        return values.count == 1 ? values.first?.value : nil
    }

    /// Whether it is tagged by an entry with that counter: a version, a seq or a position.
    func isTagged(_ counter: Int) -> Bool {
        field("ETag")?.wholeMatch(of: #/"\d+-(\d+)-[0-9a-f]{8}"/#)?.1 == "\(counter)"
    }

    /// The value at a path such as "roles.commander.person" or "items.0.ref".
    subscript(_ path: String) -> JSONValue? {
        path.split(separator: ".").reduce(json) { value, step in
            switch value {
            case .object(let object)?: object[String(step)]
            case .array(let values)?:
                Int(step).flatMap { values.indices.contains($0) ? values[$0] : nil }
            default: nil
            }
        }
    }

    func string(_ path: String) -> String? {
        if case .string(let text)? = self[path] { return text }
        return nil
    }

    func integer(_ path: String) -> Int? {
        if case .integer(let number)? = self[path] { return Int(number) }
        return nil
    }

    /// Names of an object's members, in order; of the whole body by default.
    func names(_ path: String = "") -> [String] {
        guard case .object(let object)? = path.isEmpty ? json : self[path] else { return [] }
        return object.members.map(\.name)
    }

    /// Number of elements of an array; 0 for anything else.
    func count(_ path: String) -> Int {
        guard case .array(let values)? = self[path] else { return 0 }
        return values.count
    }

    /// Values of one member in each of `items`.
    func items(_ member: String, in list: String = "items") -> [String] {
        guard case .array(let items)? = self[list] else { return [] }
        return items.map { item in
            guard case .object(let object) = item else { return "" }
            switch object[member] {
            case .string(let text)?: return text
            case .integer(let number)?: return String(number)
            default: return ""
            }
        }
    }

    /// The slug of a problem; `nil` for other responses.
    var slug: String? {
        guard field("Content-Type") == "application/problem+json", let type = string("type"),
            type.hasPrefix("/problems/")
        else { return nil }
        return String(type.dropFirst("/problems/".count))
    }

    /// Pointers of a problem's errors.
    var pointers: [String] {
        guard case .array(let errors)? = self["errors"] else { return [] }
        return errors.compactMap { error in
            guard case .object(let object) = error, case .string(let pointer)? = object["pointer"] else {
                return nil
            }
            return pointer
        }
    }

    /// Codes of the warnings.
    var warnings: [String] {
        guard case .array(let warnings)? = self["warnings"] else { return [] }
        return warnings.compactMap { warning in
            guard case .object(let object) = warning, case .string(let code)? = object["code"] else {
                return nil
            }
            return code
        }
    }
}
