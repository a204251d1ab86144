import JSON
import Journal
import Model
import SQL
import Time

/// Column encodings of moments and lists.
extension SQLValue {
    /// Milliseconds since 1970.
    static func moment(_ moment: Timestamp) -> SQLValue {
        .integer(moment.milliseconds)
    }

    /// Milliseconds since 1970, or NULL.
    static func moment(_ moment: Timestamp?) -> SQLValue {
        moment.map { .integer($0.milliseconds) } ?? .null
    }

    static func stream(_ stream: StreamID?) -> SQLValue { .integer(stream?.rawValue) }

    /// A JSON array of strings.
    static func texts(_ texts: [String]) -> SQLValue {
        .utf8(JSONValue.array(texts.map { .string($0) }).encoded())
    }
}

/// Validating column decoders. An invalid value means a malformed database: it is a fault, never a trap or an arithmetic overflow.
extension Statement {
    /// A number, position or count: 0 to 2^53.
    func count(_ column: Int32) throws(SQLFault) -> Int {
        let value = try integer(column)
        guard 0...(1 << 53) ~= value else { throw malformed(column, "is out of range") }
        return Int(value)
    }

    /// A number, position or count, or NULL.
    func optionalCount(_ column: Int32) throws(SQLFault) -> Int? {
        isNull(column) ? nil : try count(column)
    }

    /// A stream's number within its aggregate.
    func streamNumber(_ column: Int32) throws(SQLFault) -> Int {
        let value = try count(column)
        guard StreamID.numbers.contains(value) else { throw malformed(column, "is out of range") }
        return value
    }

    func stream(_ column: Int32) throws(SQLFault) -> StreamID {
        let value = try count(column)
        guard StreamID.rawRange.contains(value) else { throw malformed(column, "is not a stream") }
        return StreamID(rawValue: value)
    }

    func optionalStream(_ column: Int32) throws(SQLFault) -> StreamID? {
        isNull(column) ? nil : try stream(column)
    }

    /// A moment between the years 0 and 9999, the range of the API.
    func moment(_ column: Int32) throws(SQLFault) -> Timestamp {
        let value = try integer(column)
        guard -62_167_219_200_000...253_402_300_799_999 ~= value else {
            throw malformed(column, "is out of range")
        }
        return Timestamp(milliseconds: value)
    }

    func optionalMoment(_ column: Int32) throws(SQLFault) -> Timestamp? {
        isNull(column) ? nil : try moment(column)
    }

    /// A raw value of a closed enum.
    func word<Word: RawRepresentable>(_ column: Int32) throws(SQLFault) -> Word
    where Word.RawValue == String {
        guard let word = Word(rawValue: try text(column)) else {
            throw malformed(column, "has a value unknown to this version")
        }
        return word
    }

    /// A JSON array of strings.
    func texts(_ column: Int32) throws(SQLFault) -> [String] {
        let bytes = try bytes(column)
        do throws(JSONFault) {
            guard case .array(let elements) = try JSONReader.read(bytes, limits: .stored) else {
                throw JSONFault(offset: 0, reason: "not an array")
            }
            return try elements.map { (element) throws(JSONFault) in
                guard case .string(let text) = element else {
                    throw JSONFault(offset: 0, reason: "not a string")
                }
                return text
            }
        } catch {
            throw malformed(column, "is not a list: \(error.reason)")
        }
    }
}
