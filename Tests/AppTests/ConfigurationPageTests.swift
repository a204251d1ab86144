import App
import OperatingSystem
import Testing

/// docs/configuration.md is what operators read, so it must not fall behind the code.
struct ConfigurationPageTests {
    @Test func `the page lists every key with its default, and no other key`() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let bytes = try Files.read("/\(root)/docs/configuration.md", bytesMax: 1 << 20)
        let rows = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter {
            $0.hasPrefix("| `DRUMBEAT_")
        }
        var listed: [String: String] = [:]
        for row in rows {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.filter { $0 != "`" }
            }
            try #require(cells.count == 5, "\(row)")
            listed[cells[1].split(separator: " ").joined()] = cells[2].split(separator: " ").joined(
                separator: " ")
            #expect(cells[3].count > 5, "\(row)")
        }
        for setting in Setting.all {
            #expect(listed[setting.key] == setting.fallback, "docs/configuration.md: \(setting.key)")
        }
        #expect(rows.count == Setting.all.count)
    }
}
