/// Why a text is not a moment we accept.
public enum TimestampFault: Error, Equatable, Sendable {
    /// Not RFC 3339, or a day or time that does not exist.
    case malformed
    /// A date and a time of day without `Z` or an offset, which would mean something else in each place.
    case offsetMissing
    /// The moment, in UTC, lies outside the years 2000–2100.
    case yearOutOfRange
}
