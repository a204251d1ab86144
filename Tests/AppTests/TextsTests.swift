@testable import App
import Incidents
import TestSupport
import Testing
import Time

/// The operator's templates, and the zone in which drafts tell the time.
struct TextsTests {
    private func fault(_ folder: String) -> String? {
        do {
            _ = try TemplateLoader.load(folder: folder)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `a folder replaces templates file by file`() throws {
        let folder = try TemporaryFolder()
        try folder.write("templates/update.txt", "Now: {{status}}\n")
        let templates = try TemplateLoader.load(folder: folder.path)
        let ours = try TemplateLoader.load(folder: nil)
        #expect(templates.map(\.name) == ours.map(\.name))
        for (template, own) in zip(templates, ours) {
            #expect(template.text == (template.name == "update" ? "Now: {{status}}\n" : own.text))
        }
        #expect(try TemplateLoader.load(folder: try TemporaryFolder().path) == ours)
    }

    @Test func `a template that does not fit stops the start with file, line and what is allowed`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("templates/update.txt", "one\ntwo {{titel}}\n")
        #expect(
            fault(folder.path)?.hasPrefix(
                "\(file) line 2: {{titel}} is unknown; allowed are ref, public_title")
                == true)
        try folder.write("templates/update.txt", "one {{status\n")
        #expect(fault(folder.path)?.hasPrefix("\(file) line 1: ") == true)
        try folder.write("templates/update.txt", [0x61, 0xFF, 0x0A])
        #expect(fault(folder.path)?.contains("UTF-8") == true)
        try folder.write("templates/update.txt", String(repeating: "x", count: 65_537))
        #expect(fault(folder.path)?.contains(file) == true)
        try folder.write("templates/update.txt", String(repeating: "x", count: 65_536))
        #expect(fault(folder.path) == nil)
    }

    @Test
    func `a folder replaces the checklist, and one that does not fit stops the start with file and line`()
        throws
    {
        let folder = try TemporaryFolder()
        #expect(try ChecklistLoader.load(folder: folder.path) == ChecklistLoader.load(folder: nil))
        let words = ChecklistItem.allCases.map { "\($0.rawValue): our \($0.rawValue)\n" }
        let file = try folder.write("checklists/first-ten-minutes.txt", words.joined())
        #expect(try ChecklistLoader.load(folder: folder.path)[.choosePath] == "our choose_path")
        try folder.write("checklists/first-ten-minutes.txt", "quick_check: x\n")
        let fault = #expect(throws: ConfigurationFault.self) { try ChecklistLoader.load(folder: folder.path) }
        #expect(fault.map { "\($0)" }?.hasPrefix("\(file) line 1: ") == true)
    }

    @Test func `a folder in a template's place is no template`() throws {
        let folder = try TemporaryFolder()
        try folder.write("templates/update.txt/x", "x")
        #expect(fault(folder.path)?.contains("update.txt") == true)
    }

    /// The zone belongs to the process, so this is one test.
    @Test func `times print in the adopted zone, rounded down, summer and winter apart`() throws {
        defer { LocalTime.adopt("UTC") }
        let winter = try Timestamp(rfc3339: "2026-01-15T10:30:59.999Z")
        let summer = try Timestamp(rfc3339: "2026-07-15T22:05:00Z")
        LocalTime.adopt("Europe/Berlin")
        #expect(LocalTime.print(winter, at: winter) == "11:30 CET")
        #expect(LocalTime.print(summer, at: summer) == "00:05 CEST")
        // The hour that comes twice is told apart by its zone.
        let twice = try Timestamp(rfc3339: "2026-10-25T00:30:00Z")
        #expect(LocalTime.print(twice, at: twice) == "02:30 CEST")
        #expect(LocalTime.print(twice + .seconds(3_600), at: twice) == "02:30 CET")
        // Another day in the zone, not in UTC.
        let evening = try Timestamp(rfc3339: "2026-01-15T22:59:59Z")
        #expect(LocalTime.print(evening + .seconds(1), at: evening) == "16 Jan, 00:00 CET")
        #expect(LocalTime.print(evening, at: evening + .seconds(1)) == "15 Jan, 23:59 CET")
        #expect(LocalTime.print(evening, at: winter) == "23:59 CET")
        #expect(
            LocalTime.print(try Timestamp(rfc3339: "2027-01-15T10:30:00Z"), at: winter) == "15 Jan, 11:30 CET"
        )
        LocalTime.adopt("Asia/Kathmandu")
        #expect(LocalTime.print(winter, at: winter) == "16:15 +0545")
        LocalTime.adopt("UTC")
        #expect(LocalTime.print(winter, at: winter) == "10:30 UTC")
    }
}
