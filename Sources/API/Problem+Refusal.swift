import HTTP
import Incidents
import JSON
import Model
import Time

/// The only place that maps a refusal of rules or lane to a problem.
extension Problem {
    /// Links are resolved to the paths of their routes.
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

    /// Resolves a link to the path of its operation; `nil` when there is no such route, which `scripts/house-rules` forbids, or a path
    /// parameter is unknown.
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
