import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// The commands that talk to a running service.
    @Suite(.serialized) struct CommandLineTests {
        let service: Drumbeat

        init() throws {
            service = try Drumbeat()
            try service.start()
            let token = try text(of: service.folder.file("token")).split(separator: "\n").first
            service.settings["DRUMBEAT_URL"] = "http://\(service.address)"
            service.settings["DRUMBEAT_TOKEN"] = token.map(String.init)
            service.settings["HOME"] = service.folder.path
        }

        typealias Run = (ending: Child.Ending, output: String, errors: String)

        private func drumbeat(_ arguments: String..., input: String = "") throws -> Run {
            try Child.run(
                [Binary.path] + arguments, in: service.folder.path, service.settings, input: input)
        }

        private func json(_ run: Run) -> JSONValue? {
            try? JSONReader.read(Array(run.output.utf8), limits: .stored)
        }

        @Test func `an incident is declared, listed and noted with few words`() throws {
            let declared = try drumbeat(
                "declare", "People cannot sign in", "--severity", "major", "--author", "alice")
            #expect(declared.ending == .exited(0), "\(declared.errors)")
            #expect(
                declared.output.hasPrefix("INC-1 declared (major). First status update due "),
                "\(declared.output)")
            #expect(declared.output.hasSuffix(", in 5 min. drumbeat update INC-1\n"), "\(declared.output)")
            #expect(
                declared.errors.contains("warning: ") && declared.errors.contains("(impact_missing)"),
                "\(declared.errors)")

            let list = try drumbeat("list")
            #expect(
                list.output.hasPrefix(
                    "REF    SEVERITY  STATUS         NEXT UPDATE  COMMANDER  TITLE\nINC-1  major     investigating  in "
                ), "\(list.output)")
            #expect(list.output.hasSuffix("People cannot sign in\n"))
            #expect(json(try drumbeat("list", "--json"))?["items"]?.items?.count == 1)

            for name in ["INC-1", "inc-1", "1"] {
                let noted = try drumbeat("note", name, "errors began at 10:02", "--kind=finding")
                #expect(noted.ending == .exited(0) && noted.errors.isEmpty, "\(noted.errors)")
                #expect(noted.output.hasPrefix("INC-1: finding recorded as entry "), "\(noted.output)")
            }
            let only = try drumbeat("note", "-", "--json", input: "from\na log\n")
            #expect(json(only)?["text"]?.text == "from\na log")
            #expect(only.errors == "drumbeat: INC-1 (People cannot sign in) is the only open incident.\n")
        }
    }
}
