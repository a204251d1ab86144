@testable import App
import Encoding
import Engine
import Glibc
import Journal
import OperatingSystem
import TestSupport
import Testing
import Time

/// The first admin token: taken from the operator's file, written there, or made to be printed.
struct AdminTokenTests {
    private let now = Timestamp(milliseconds: 1_768_471_200_000)

    private func make(_ file: String?) throws -> AdminToken {
        try AdminToken.make(file: file, at: now, SystemRandom())
    }

    private func fault(_ file: String) -> String? {
        do {
            _ = try make(file)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `without a file a new one is made each time, called admin and of scope admin`() throws {
        let first = try make(nil)
        #expect(TokenSecret.isWellFormed(first.secret))
        #expect(first.token.name == "admin")
        #expect(first.token.scope == .admin)
        #expect(first.token.secretHash == TokenSecret.hash(first.secret))
        #expect(!first.isInFile)
        #expect(try make(nil).secret != first.secret)
    }

    @Test func `a file that is not there gets a new one, for its owner alone, and the next start takes it`()
        throws
    {
        let folder = try TemporaryFolder()
        let file = folder.path + "/token"
        let written = try make(file)
        #expect(written.isInFile)
        #expect(Files.mode(of: file) == 0o600)
        #expect(try Files.read(file, bytesMax: 100) == Array((written.secret + "\n").utf8))
        #expect(try make(file).secret == written.secret)
        for text in [written.secret, written.secret + "\r\n", " \n\(written.secret)\t\n\n"] {
            #expect(try make(try folder.write("token", text)).secret == written.secret)
        }
    }

    @Test func `a file that cannot serve a database with tokens is told apart, and one that can is not`()
        throws
    {
        let folder = try TemporaryFolder()
        let secret = try make(folder.path + "/token").secret
        let isValid: (ArraySlice<UInt8>) -> Bool = { $0.elementsEqual(secret.utf8) }
        #expect(AdminToken.problem(of: folder.path + "/token", isValid: isValid) == nil)
        let missing = try #require(AdminToken.problem(of: folder.path + "/none", isValid: isValid))
        #expect(missing.hasPrefix("\(folder.path)/none does not exist, "), "\(missing)")
        let other = try folder.write("other", TokenSecret.make(SystemRandom()))
        let unknown = try #require(AdminToken.problem(of: other, isValid: isValid))
        #expect(unknown.hasPrefix("The token in \(other) is unknown, expired or revoked."), "\(unknown)")
        for problem in [missing, unknown] { #expect(problem.contains("drumbeat token create"), "\(problem)") }
        let odd = try folder.write("odd", "no token")
        #expect(AdminToken.problem(of: odd, isValid: isValid)?.contains("holds no valid token") == true)
    }

    @Test(arguments: [0o640, 0o604, 0o644, 0o660, 0o610] as [UInt32])
    func `a file that others can read is refused`(mode: UInt32) throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("token", TokenSecret.make(SystemRandom()), mode: mode)
        #expect(fault(file)?.contains("chmod 600 \(file)") == true)
        #expect(try Files.read(file, bytesMax: 100).count == 40)
    }

    @Test func `a file that holds no token is refused, and its words are not shown`() throws {
        let folder = try TemporaryFolder()
        let good = TokenSecret.make(SystemRandom())
        let broken = good.replacing("dbt_", with: "dbt_ ")
        for text in [
            "", "\n", "hunter2", good + good, "\(good) \(good)", broken, good.uppercased(),
            String(good.dropLast()) + "!",
        ] {
            let file = try folder.write("token", text)
            let message = try #require(fault(file), "\(text) was taken")
            #expect(message.contains(file))
            #expect(!message.contains("hunter2"))
        }
        #expect(fault(try folder.write("token", String(repeating: "x", count: 5_000))) != nil)
    }

    @Test func `a folder that is not there or cannot be written is named`() throws {
        let folder = try TemporaryFolder()
        #expect(fault("\(folder.path)/none/token")?.contains("DRUMBEAT_ADMIN_TOKEN_FILE") == true)
        #expect(fault(folder.path) != nil)
    }
}
