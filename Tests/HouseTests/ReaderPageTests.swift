import Testing

/// The pages for readers: what they tell someone to type is run by ProcessTests/PageTests, which need a mark before each block.
@Suite struct ReaderPageTests {
    private let pages = Repository.files.filter {
        $0.path.contains(#/^docs/(?:for-[a-z]+|operating)\.md$/#)
    }

    /// The blocks of a page: the line before the fence, the language, the lines.
    private func blocks(_ page: Repository.File) -> [(mark: String, language: String, lines: [String])] {
        var found: [(mark: String, language: String, lines: [String])] = []
        var isInside = false
        var last = ""
        for line in page.lines {
            if line.hasPrefix("```") {
                if !isInside { found.append((last, String(line.dropFirst(3)), [])) }
                isInside.toggle()
            } else if isInside {
                found[found.count - 1].lines.append(line)
            }
            if !line.isEmpty { last = line }
        }
        return found
    }

    @Test func `every block that somebody may type or save is marked for a test`() {
        #expect(pages.count >= 4)
        for page in pages {
            let blocks = blocks(page)
            #expect(!blocks.isEmpty, "\(page) has no block")
            for (mark, language, lines) in blocks {
                #expect(
                    mark.contains(#/^<!-- test: (?:run(?: prints \S.*)?|syntax|file [\w.]+) -->$/#),
                    "\(page): a block (\(language)) that begins with “\(lines.first ?? "")” has no mark")
            }
            // What is indented is set as code too, and would be run by nobody.
            let indented = page.lines.filter { $0.hasPrefix("    ") && !isInBlock($0, blocks) }
            #expect(indented.isEmpty, "\(page): put into a block: \(indented)")
        }
    }

    @Test func `only what needs another machine is merely read`() {
        for page in pages {
            for (mark, _, lines) in blocks(page) where mark == "<!-- test: syntax -->" {
                for line in lines where !line.hasPrefix(" ") && !line.hasPrefix("#") {
                    #expect(
                        line.contains(
                            #/^(?:export DRUMBEAT_URL=|docker |systemctl |install |sudo |swift build )/#),
                        "\(page): “\(line)” can be run: say run")
                }
            }
        }
    }

    private func isInBlock(
        _ line: String, _ blocks: [(mark: String, language: String, lines: [String])]
    ) -> Bool {
        blocks.contains { $0.lines.contains(line) }
    }
}
