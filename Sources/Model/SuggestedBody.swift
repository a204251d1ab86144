internal import JSON

/// The body of a suggested call. The text "…" stands for a value that the caller fills in.
public struct SuggestedBody: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    public enum Value: Hashable, Sendable {
        case text(String)
        case integer(Int)
        case bool(Bool)
        case texts([String])
        case object(SuggestedBody)
    }

    private struct Member: Hashable, Sendable {
        let name: String
        let value: Value
    }

    private let members: [Member]

    public init(dictionaryLiteral members: (String, Value)...) {
        self.members = members.map { Member(name: $0.0, value: $0.1) }
    }

    /// As JSON.
    public var encoded: [UInt8] { json.encoded() }

    private var json: JSONValue {
        .object(JSONObject(members.map { .init(name: $0.name, value: $0.value.json) }))
    }
}

extension SuggestedBody.Value: ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral
{
    public init(stringLiteral text: String) { self = .text(text) }
    public init(integerLiteral number: Int) { self = .integer(number) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    fileprivate var json: JSONValue {
        switch self {
        case .text(let text): .string(text)
        case .integer(let number): .integer(Int64(number))
        case .bool(let value): .bool(value)
        case .texts(let texts): .array(texts.map(JSONValue.string))
        case .object(let body): body.json
        }
    }
}
