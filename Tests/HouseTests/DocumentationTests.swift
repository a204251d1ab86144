import Testing

/// The pages for people.
@Suite struct DocumentationTests {
    private let pages = Repository.files.filter { $0.path.hasSuffix(".md") }

    @Test func `links between our pages lead somewhere`() {
        #expect(pages.contains { $0.path == "README.md" })
        for page in pages {
            let folder = page.path.split(separator: "/").dropLast().map(String.init)
            for match in page.text.matches(of: #/\]\(([^)\s]+)\)/#) {
                let link = String(match.1)
                guard !link.contains("://"), !link.hasPrefix("mailto:") else { continue }
                let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                let path = resolved(String(parts[0]), from: folder)
                guard !parts[0].isEmpty else {
                    #expect(headings(page).contains(String(parts[1])), "\(page): \(link)")
                    continue
                }
                #expect(Repository.exists(path), "\(page): \(link) leads nowhere")
                if parts.count == 2, let target = pages.first(where: { $0.path == path }) {
                    #expect(
                        headings(target).contains(String(parts[1])), "\(page): \(link) has no such heading")
                }
            }
        }
    }

    @Test func `what the pages tell someone to run exists`() throws {
        let makefile = try Repository.file("Makefile").text
        for page in pages {
            for match in page.text.matches(of: #/(?m)^(?: {4}|`)make ([a-z-]+)/#) {
                #expect(makefile.contains("\n\(match.1):"), "\(page): there is no make \(match.1)")
            }
            for match in page.text.matches(of: #/\bDRUMBEAT_[A-Z_]+\b/#) where match.0.hasSuffix("_") {
                Issue.record("\(page): \(match.0) is cut off")
            }
        }
    }

    @Test func `every fault has its row, and the suites that hold it exist`() throws {
        let page = try Repository.file("docs/faults.md")
        let rows = page.lines.filter { $0.hasPrefix("| F") }
        #expect(rows.count == 40 - 5, "F22 to F27 share one row")
        for number in 1...40 where !(23...27).contains(number) {
            let fitting = rows.count { $0.hasPrefix("| F\(number) ") || $0.hasPrefix("| F\(number)–") }
            #expect(fitting == 1, "F\(number)")
        }
        for row in rows {
            let suites = row.matches(of: #/`([A-Za-z]+Tests)`/#).map { String($0.1) }
            #expect(
                !suites.isEmpty || row.contains("*not tested*") || row.contains("no PostgreSQL"), "\(row)")
            for suite in suites {
                let files = Repository.files.filter { $0.text.contains("struct \(suite)") }
                #expect(!files.isEmpty, "there is no \(suite): \(row)")
            }
        }
    }

    private func resolved(_ link: String, from folder: [String]) -> String {
        var parts = link.hasPrefix("/") ? [] : folder
        for part in link.split(separator: "/") {
            if part == ".." { parts = parts.dropLast() } else if part != "." { parts.append(String(part)) }
        }
        return parts.joined(separator: "/")
    }

    /// The anchors that GitHub makes of a page's headings.
    private func headings(_ page: Repository.File) -> Set<String> {
        Set(
            page.lines.filter { $0.hasPrefix("#") }.map { line in
                let words = line.drop { $0 == "#" || $0 == " " }.lowercased()
                return String(
                    words.filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }.map {
                        $0 == " " ? "-" : $0
                    })
            })
    }
}
