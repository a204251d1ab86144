/// Whether anybody receives what the service asks people for (domain.md, section 6).
public enum Hearing: String, Sendable {
    case ok
    /// No enabled webhook wants it.
    case nobody
    /// Each webhook that wants it failed several times in a row.
    case failing
}
