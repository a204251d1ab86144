import HTTP
import JSON
import Model
import Time

/// The only place that maps a refusal of rules or lane to a problem.
extension Problem {
    public init(_ refusal: Refusal) {
        self.init(
            refusal.type, refusal.detail, retryAfterSeconds: refusal.retryAfter.map { Int($0.wholeSeconds) })
        switch refusal.current {
        case nil: break
        case .text(let text)?: current = JSONValue.string(text).encoded()
        case .seqs(let seqs)?:
            let value = JSONValue.array(seqs.map { .integer(Int64($0)) })
            current = JSONValue.object(JSONObject([.init(name: "seqs", value: value)])).encoded()
        case .version(let version)?: setTag(ETags.counter(version))
        case .object(let bytes)?: setTag(ETags.body(bytes))
        }
        allowed = refusal.allowed
        flaws = refusal.flaws
        links = refusal.links
        stream = refusal.stream
    }

    private mutating func setTag(_ tag: String) {
        current = JSONValue.string(tag).encoded()
        fields.append(("ETag", tag))
    }
}
