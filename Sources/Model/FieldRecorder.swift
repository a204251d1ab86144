internal import JSON

/// The type of a stored field.
public indirect enum FieldShape: Sendable, Equatable {
    case text, integer, bool, moment, seconds
    /// One of these words.
    case word([String])
    case list(FieldShape)
}

/// A field of a payload, as `init(from:)` reads it.
public struct FieldDescription: Sendable, Equatable {
    /// The path: `roles.commander`, `to[].person`.
    public var name: String
    public var shape: FieldShape
    public var isRequired: Bool
    /// Whether a redaction erases it.
    public var isWords: Bool

    /// A valid sample. Texts among the words contain SECRET, so that a test can see where they go.
    var sample: JSONValue { sample(of: shape) }

    private func sample(of shape: FieldShape) -> JSONValue {
        switch shape {
        case .text: .string(isWords ? "SECRET \(name)" : "sample \(name)")
        case .integer: .integer(7)
        case .bool: .bool(true)
        case .moment: .string("2026-01-15T10:03:00.000Z")
        case .seconds: .integer(60)
        case .word(let words): words.first.map { .string($0) } ?? .null
        case .list(let element): .array([sample(of: element)])
        }
    }
}

/// Records the fields that a payload's `init(from:)` reads.
public final class FieldRecorder {
    /// In the order of reading.
    public internal(set) var fields: [FieldDescription] = []

    public init() {}

    /// A payload made of samples, and the fields that were read.
    public static func sample<Payload: EntryPayload>(
        of type: Payload.Type
    ) throws(FieldError) -> (payload: Payload, fields: [FieldDescription]) {
        let recorder = FieldRecorder()
        let payload = try type.init(from: FieldReader(recording: recorder))
        return (payload, recorder.fields)
    }
}
