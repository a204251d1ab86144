import Encoding
import Engine
import Journal
import OperatingSystem
import Time

/// The first admin token, which bootstraps access.
struct AdminToken {
    /// The secret, shown once.
    let secret: String
    /// The stored form.
    let token: Token
    /// Whether the secret is in the operator's file, so that it must not be printed.
    let isInFile: Bool

    private static let fileBytesMax = 4_096

    /// Reads the token from the file, or writes a new one there; without a file, creates one to print.
    ///
    /// The file is written before the token is stored: after a crash in between, the next start reads it from the file.
    static func make(
        file: String?, at now: Timestamp, _ random: any RandomSource
    ) throws(ConfigurationFault) -> AdminToken {
        var secret = TokenSecret.make(random)
        if let file {
            secret = Files.exists(file) ? try read(file) : try write(secret, to: file)
        }
        let token = Token(
            id: "tok_" + ULID.make(at: now, random), name: "admin", scope: .admin,
            secretHash: TokenSecret.hash(secret), createdAt: now, revokedAt: nil)
        return AdminToken(secret: secret, token: token, isInFile: file != nil)
    }

    /// Why the file is of no use to a database that has tokens already; `nil` when its token is valid. Nothing is written then.
    static func problem(of file: String, isValid: (ArraySlice<UInt8>) -> Bool) -> String? {
        let advice =
            "Unset DRUMBEAT_ADMIN_TOKEN_FILE, or create a token: drumbeat token create --name … --scope admin"
        guard Files.exists(file) else {
            return
                "\(file) does not exist, and it is written only with the first token of a new database. \(advice)"
        }
        do throws(ConfigurationFault) {
            let secret = try read(file)
            return isValid(Array(secret.utf8)[...])
                ? nil : "The token in \(file) is unknown, expired or revoked. \(advice)"
        } catch {
            return error.description
        }
    }

    private static func read(_ file: String) throws(ConfigurationFault) -> String {
        if let mode = Files.mode(of: file), mode & 0o077 != 0 {
            throw ConfigurationFault(
                "\(file) holds the admin token and other users can read it. Run chmod 600 \(file)")
        }
        let bytes: [UInt8]
        do throws(FileFault) {
            bytes = try Files.read(file, bytesMax: fileBytesMax)
        } catch {
            throw ConfigurationFault("\(error). DRUMBEAT_ADMIN_TOKEN_FILE must be readable.")
        }
        var token = bytes.drop { $0 <= 0x20 }
        while let last = token.last, last <= 0x20 { token.removeLast() }
        let text = String(decoding: token, as: UTF8.self)
        guard TokenSecret.isWellFormed(text) else {
            throw ConfigurationFault(
                "\(file) holds no valid token (dbt_ and 36 letters and digits, the last six a checksum): remove "
                    + "the file, and the next start writes a new token to it."
            )
        }
        return text
    }

    private static func write(_ secret: String, to file: String) throws(ConfigurationFault) -> String {
        do throws(FileFault) {
            try Files.writeNew(file, Array((secret + "\n").utf8), mode: 0o600)
        } catch {
            throw ConfigurationFault(
                "\(error). DRUMBEAT_ADMIN_TOKEN_FILE must be in a writable folder.")
        }
        return secret
    }
}
