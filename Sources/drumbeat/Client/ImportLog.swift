import Client
import Encoding
import Glibc
import JSON
import OperatingSystem

extension Commands {
    static let importLog = ClientSession.command(.importLog) { session in
        let arguments = session.arguments
        let name = arguments.text("FILE") ?? "-"
        let text = name == "-" ? try StandardInput.read() : try LogFile.read(name)
        let incident = try session.incident()
        let isDry = arguments.has("--dry-run")
        let reply = try session.caller.write(
            "POST", "/v1/incidents/\(incident)/timeline/import",
            JSONObject(
                ("text", text.asJSON), ("date", arguments.flag("--date")?.asJSON),
                ("zone", arguments.flag("--zone")?.asJSON), ("dry_run", isDry ? .bool(true) : nil)))
        if isDry, !session.isJSON {
            let day = String(reply.now.rfc3339.prefix(10))
            for entry in reply.json.value("entries")?.elements ?? [] {
                Output.print(EntryText.line(entry, day: day))
            }
        }
        let added = reply.json.value("added")?.asInteger ?? 0
        let known = reply.json.value("known")?.asInteger ?? 0
        let recorded = known > 0 ? ", \(known) recorded before" : ""
        let what = isDry ? "would be added\(recorded). Without --dry-run they are" : "added\(recorded)"
        return session.report(reply, "\(incident): \(added) message\(added == 1 ? "" : "s") \(what).")
    }
}

/// A log that a user names.
private enum LogFile {
    private static let bytesMax = 1 << 20

    static func read(_ path: String) throws(ClientFault) -> String {
        let bytes: [UInt8]
        do throws(FileFault) {
            bytes = try Files.read(path, bytesMax: bytesMax)
        } catch {
            guard error.errno == EFBIG else { throw ClientFault("\(error).") }
            throw ClientFault("\(error). A log has at most 1 MiB; import the rest in a second request.")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ClientFault("\(path.onOneLine) is not UTF-8. Save it as UTF-8.")
        }
        return text
    }
}
