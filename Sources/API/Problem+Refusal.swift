import HTTP
import Incidents
import JSON
import Model
import Time

/// The one place where what the rules and the lane refuse becomes a problem.
extension Problem {
    /// Its links get the paths of the routes that they name.
    init(_ refusal: Refusal) {
        self.init(refusal.type, refusal.detail)
        switch refusal.current {
        case nil: break
        case .text(let text)?: current = JSONValue.string(text).encoded()
        case .seqs(let seqs)?:
            let value = JSONValue.array(seqs.map { .integer(Int64($0)) })
            current = JSONValue.object(JSONObject([.init(name: "seqs", value: value)])).encoded()
        case .version(let version)?: setTag(ETags.state(version: version))
        case .object(let bytes)?: setTag(ETags.body(bytes))
        }
        allowed = refusal.allowed
        flaws = refusal.flaws
        let ref = refusal.stream.flatMap(Incident.number(of:)).map(Incident.ref(_:))
        links = refusal.links.compactMap { Problem.link($0, on: ref) }
        if let retryAfter = refusal.retryAfter {
            fields.append(("Retry-After", "\(retryAfter.components.seconds)"))
        }
    }

    private mutating func setTag(_ tag: String) {
        current = JSONValue.string(tag).encoded()
        fields.append(("ETag", tag))
    }

    /// A link to the route that performs an operation; `nil` when no route does, which `scripts/house-rules` forbids, or when a
    /// parameter of its path is not known.
    private static func link(_ link: Refusal.Link, on ref: String?) -> Link? {
        guard let route = Route.all.first(where: { $0.operation.name == link.operation }) else {
            return nil
        }
        var values = ([ref].compactMap(\.self) + link.parameters)[...]
        var href = ""
        for segment in route.pattern.split(separator: "/") {
            guard let known = segment.hasPrefix("{") ? values.popFirst() : String(segment) else { return nil }
            href += "/" + known
        }
        return Link(method: route.method.rawValue, href: href + link.query, detail: link.detail)
    }
}
