import App
import Glibc

/// A configuration file: it is accepted, or a message of one line says where it is invalid and why.
enum Configurations {
    /// An unlinked file, which is deleted with the process.
    private static let descriptor: Int32 = {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var path = Array("\(folder)/drumbeat-fuzz-XXXXXX".utf8CString)
        defer { unlink(path) }
        return mkstemp(&path)
    }()

    @Sendable static func check(_ input: Bytes) {
        demand(descriptor >= 0, "no temporary file")
        ftruncate(descriptor, 0)
        let written = pwrite(descriptor, input.baseAddress, input.count, 0)
        demand(written == max(0, input.count), "the file was not written")
        Flags.read(["--config", "/proc/self/fd/\(descriptor)"], [:])
    }
}

/// Arguments separated by NULs, and the same text as an environment variable.
enum Flags {
    @Sendable static func check(_ input: Bytes) {
        let arguments = input.split(separator: 0x00, omittingEmptySubsequences: false).map { text($0) }
        read(["--config", "/dev/null"] + arguments, [:])
        read(["--config", "/dev/null"], ["DRUMBEAT_" + (arguments.first ?? ""): arguments.last ?? ""])
    }

    static func read(_ flags: [String], _ environment: [String: String]) {
        do throws(ConfigurationFault) {
            let found = try ConfigurationReader(environment: environment, files: []).read(flags: flags)
            demand(found.configuration.texts.count == Setting.all.count, "a key has no value")
        } catch {
            demand(
                !error.description.isEmpty && error.description.utf8.count < 8_192, "no fit message: \(error)"
            )
        }
    }
}
