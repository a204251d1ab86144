/// Why a text is not a valid moment.
public enum TimestampFault: Error, Equatable, Sendable {
    /// Not RFC 3339, or a day or time that does not exist.
    case malformed
    /// A date and time without `Z` or offset, which would be ambiguous.
    case offsetMissing
    /// The moment, in UTC, is outside the years 2000–2100.
    case yearOutOfRange
}
