import HTTPServer
import Incidents

@testable import API
@testable import App
@testable import Engine
@testable import HTTPServer
@testable import Logging
@testable import Outbound
@testable import Routing

/// An upper bound of something that clients share.
///
/// Rule: every queue, pool, answer and line has a maximum per token as well as in all, in bytes or work and not only in number. This is the
/// only list; docs/limits.md prints it, and `CapTests` names the tests that hold each.
struct Cap: Sendable {
    enum Unit: Sendable {
        case number
        case bytes
        case seconds
        case perSecond
        case perMinute
    }

    let name: String
    let unit: Unit
    /// What one token may take; `nil` for no share of its own.
    let perToken: Int?
    /// What one address may take whose clients have shown no valid token; `nil` for nothing, or no share of its own.
    let perAddress: Int?
    /// What all may take together; `nil` when only shares are bounded.
    let inAll: Int?
    /// The configuration key that changes it; `nil` for none.
    let key: String?
    /// What happens beyond it.
    let effect: String

    init(
        _ name: String, _ unit: Unit, perToken: Int?, perAddress: Int?, inAll: Int?, key: String?,
        _ effect: String
    ) {
        self.name = name
        self.unit = unit
        self.perToken = perToken
        self.perAddress = perAddress
        self.inAll = inAll
        self.key = key
        self.effect = effect
    }

    /// Every cap, as configured.
    static func all(in configuration: Configuration) -> [Cap] {
        connections(configuration.server, inFlight: configuration.inFlightMax)
            + bytes(configuration.server) + work(configuration)
    }

    private static func connections(_ server: ServerSettings, inFlight: Int) -> [Cap] {
        let quarter = ServerSettings.connectionsPerOwner(of: server.connectionsMax)
        return [
            Cap(
                "connections", .number, perToken: quarter, perAddress: server.unauthenticatedPerAddressMax,
                inAll: server.connectionsMax, key: "DRUMBEAT_CONNECTIONS_MAX",
                "when no place is left, a token with more than its share gives way; a client without a valid token to the next of its address"
            ),
            Cap(
                "connections chosen to end after the response to a write", .number, perToken: nil,
                perAddress: nil, inAll: ConnectionLimiter.Limits.endingMax, key: nil,
                "besides the connections above; those of the token with more than its share then keep their places, and a new one gets 503 unless a client without a valid token gives way"
            ),
            Cap(
                "streams and long polls", .number, perToken: server.waitsPerTokenMax ?? quarter,
                perAddress: nil,
                inAll: server.connectionsMax - quarter, key: "DRUMBEAT_WAITS_PER_TOKEN_MAX",
                "503; when all places are taken, the token with the most gives one to a token with less"),
            Cap(
                "long polls", .number, perToken: inFlight, perAddress: nil, inAll: LongPolls.waitersMax,
                key: "DRUMBEAT_IN_FLIGHT_MAX", "503"),
            Cap(
                "requests in progress", .number, perToken: inFlight, perAddress: nil, inAll: nil,
                key: "DRUMBEAT_IN_FLIGHT_MAX", "503, except for declaring, raising and publishing"),
        ]
    }

    private static func bytes(_ server: ServerSettings) -> [Cap] {
        [
            Cap(
                "bodies in progress", .bytes, perToken: server.bodiesBytesPerTokenMax, perAddress: nil,
                inAll: server.bodiesBytesMax, key: nil, "503; bodies up to 16 KiB are not counted"),
            Cap(
                "responses not read yet", .bytes, perToken: server.responsesBytesPerTokenMax,
                perAddress: server.responsesBytesPerAddressMax, inAll: server.responsesBytesMax, key: nil,
                "503; a stream is dropped, and resumes; up to 16 KiB of a connection are not counted"),
            Cap(
                "one page", .bytes, perToken: Responses.pageBytesMax, perAddress: nil, inAll: nil, key: nil,
                "the page ends after the item that exceeds it, with a next"),
            Cap(
                "one body", .bytes, perToken: server.limits.bodyBytesDefault, perAddress: 0, inAll: nil,
                key: "DRUMBEAT_BODY_MAX", "413; four times that for entries or a status update"),
        ]
    }

    private static func work(_ configuration: Configuration) -> [Cap] {
        [
            Cap(
                "writes that wait", .number, perToken: WriteLane.waitingPerTokenMax, perAddress: nil,
                inAll: WriteLane.waitingMax, key: nil,
                "503; nags and results of deliveries have a queue of their own"),
            Cap(
                "urgent writes that wait", .number, perToken: WriteLane.urgentPerTokenMax, perAddress: nil,
                inAll: WriteLane.waitingMax, key: nil, "further ones wait with the others"),
            Cap(
                "reads that wait for the store", .number, perToken: Service.readersWaitingMax / 4,
                perAddress: nil,
                inAll: Service.readersWaitingMax, key: nil,
                "503; drafts and publishing by template have a queue of their own"),
            Cap(
                "time of one body", .seconds,
                perToken: Int(configuration.server.bodyTimeMax.components.seconds), perAddress: nil,
                inAll: nil,
                key: "DRUMBEAT_BODY_TIME_MAX", "408"),
            Cap(
                "test messages to webhooks that are registered", .number,
                perToken: DrumbeatAPI.attemptsPerOwnerMax,
                perAddress: nil, inAll: DrumbeatAPI.attemptsInAllMax, key: nil,
                "503 until one of these targets answers, 8 s at most by default; presses of buttons are counted alike, by webhook"
            ),
            Cap(
                "mails that are sent", .number, perToken: nil, perAddress: nil,
                inAll: TransferLoop.transfersMax, key: nil, "the rest wait for a thread"),
            Cap(
                "mails that wait for a thread", .number, perToken: nil, perAddress: nil,
                inAll: TransferLoop.waitingMax, key: nil,
                "the attempt fails, and is repeated; webhooks of other kinds have as many places of their own"
            ),
            Cap(
                "searches in progress", .number, perToken: IncidentScan.perTokenMax, perAddress: nil,
                inAll: IncidentScan.inAllMax, key: nil, "503; reading a context counts as one"),
            Cap(
                "entries of one search", .number, perToken: IncidentSearch.entriesMax, perAddress: nil,
                inAll: nil, key: nil, "the page ends, with a next; so it does after 200 ms"),
            Cap(
                "entries in one batch", .number, perToken: EntryBatch.entriesMax, perAddress: nil, inAll: nil,
                key: nil,
                "422; they are written in parts of \(EntryBatch.partMax), and other writes go between"),
            Cap(
                "lines in one chat log", .number, perToken: ChatLog.linesMax, perAddress: nil, inAll: nil,
                key: nil, "422"),
            Cap(
                "labels in one request", .number, perToken: DrumbeatAPI.labelsMax, perAddress: nil,
                inAll: nil,
                key: nil, "400"),
            Cap(
                "writes", .perSecond, perToken: configuration.writesPerSecondAndToken, perAddress: nil,
                inAll: nil,
                key: "DRUMBEAT_RATE_LIMIT", "429, except for declaring, raising and publishing"),
            Cap(
                "invalid tokens", .perMinute, perToken: nil,
                perAddress: FailureCounter.failuresMax,
                inAll: nil, key: nil, "429 for invalid tokens of the address; valid ones work"),
            Cap(
                "logged refusals", .perSecond, perToken: RefusalLog.perTokenPerSecond,
                perAddress: nil,
                inAll: nil, key: nil, "counted in request.refusals_suppressed"),
            Cap(
                "logged refusals without a valid token", .perSecond, perToken: nil, perAddress: nil,
                inAll: RefusalLog.strangersPerSecond, key: nil,
                "counted in request.refusals_suppressed"),
            Cap(
                "log lines that wait", .number, perToken: nil, perAddress: nil, inAll: LogBuffer.linesMax,
                key: nil,
                "dropped and counted; a quarter is kept for warnings and errors"),
        ]
    }

    /// The row of docs/limits.md.
    var row: String {
        let cells = [
            name, shown(perToken), shown(perAddress), shown(inAll), key.map { "`\($0)`" } ?? "–", effect,
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private func shown(_ value: Int?) -> String {
        guard let value else { return "–" }
        switch unit {
        case .number: return grouped(value)
        case .bytes:
            return value >= 1 << 20
                ? "\(value >> 20) MiB" : value >= 1_024 ? "\(value >> 10) KiB" : "\(value)"
        case .seconds: return "\(value) s"
        case .perSecond: return "\(grouped(value)) a second"
        case .perMinute: return "\(grouped(value)) a minute"
        }
    }

    private func grouped(_ value: Int) -> String {
        value < 1_000 ? "\(value)" : "\(value / 1_000)," + String(String(value % 1_000 + 1_000).dropFirst())
    }
}
