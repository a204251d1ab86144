import Glibc
import JSON
import TestSupport
import Testing

/// A service process with its own folder, which can be killed and started again on the same file.
final class Drumbeat {
    let folder: TemporaryFolder
    /// The environment of the process.
    var settings: [String: String]
    /// The running process, or the last one.
    private(set) var child: Child?
    /// The listening address: `127.0.0.1:PORT`.
    private(set) var address = ""

    /// A service that is not started yet. It listens on a free port and writes its first token to a file.
    init(_ settings: [String: String] = [:]) throws {
        folder = try TemporaryFolder()
        self.settings = [
            "DRUMBEAT_LISTEN": "127.0.0.1:0", "DRUMBEAT_DATABASE": "sqlite:drumbeat.db",
            "DRUMBEAT_ADMIN_TOKEN_FILE": "token", "DRUMBEAT_LOG_FORMAT": "json",
        ].merging(settings) { $1 }
    }

    deinit {
        child?.end()
    }

    var database: String { folder.file("drumbeat.db") }

    /// Starts the process, through another command if one is given, and waits until it responds. Returns how long that took.
    @discardableResult func start(behind command: [String] = []) throws -> Duration {
        let began = ContinuousClock.now
        let child = try Child(command + [Binary.path, "serve"], in: folder.path, settings)
        self.child = child
        let line = child.errors.line { $0.contains(#""event":"service.started""#) }
        address = try #require(
            line.flatMap { try? JSONReader.read(Array($0.utf8)) }?["address"]?.text,
            "the service did not start: \(child.errors.text)")
        return ContinuousClock.now - began
    }

    /// A client with the admin's token.
    func caller() throws -> Caller {
        let token = try text(of: folder.file("token")).split(separator: "\n").first.map(String.init)
        return try #require(Caller(address, token: token))
    }

    /// As `kill -9`.
    func kill() {
        child?.end()
    }

    /// Stops it gracefully and returns how it ended.
    func stop(within limit: Duration = Deadline.usual) throws -> Child.Ending {
        let child = try #require(child)
        child.signal(SIGTERM)
        return try #require(
            child.wait(within: limit), "still runs \(limit) after SIGTERM: \(child.errors.text)")
    }

    /// Runs a command of the binary in the same folder and environment.
    func command(_ arguments: String...) throws -> (ending: Child.Ending, output: String, errors: String) {
        try Child.run([Binary.path] + arguments, in: folder.path, settings)
    }

    /// The log so far.
    var log: String { child?.errors.text ?? "" }

    /// Declares an incident and returns its ref.
    func declare(_ title: String = "People cannot sign in", more: String = "") throws -> String {
        let answer = try caller().post(
            "/v1/incidents", #"{"title": "\#(title)", "severity": "major"\#(more)}"#)
        try #require(answer?.status == 201, "\(answer?.text ?? "no answer") \(log)")
        return try #require(answer?.json?["ref"]?.text)
    }
}
