import Glibc
import TestSupport
import Testing

/// A documentation page, parsed into the blocks that are marked for tests.
///
/// A mark is an HTML comment before a block. Its first word is the kind:
/// `<!-- test: run -->` runs the block in the page's shell, after the blocks above it; `<!-- test: run prints INC-1 -->` also requires that
/// output;
/// `<!-- test: file bot.py -->` writes the block to a file first; `<!-- test: syntax -->` only checks the shell syntax, for commands that
/// need another machine.
/// `<!-- test: token post -->` is before the line that sets URL and token: the test gives the shell a token of that scope, and without a scope
/// the one that the page made last. `<!-- test: run as command -->` runs one block with another token.
/// `<!-- test: begins empty -->` stands alone: the page declares its incident itself.
/// `<!-- test: settings KEY=VALUE … -->` stands alone, and has the settings of the service for the page.
struct Page {
    struct Block {
        /// The mark's first word.
        let kind: String
        /// The rest of the mark.
        let argument: String
        /// The scope after `as`; `nil` for the token of the page.
        var scope: Substring? {
            argument.hasPrefix("as ") ? argument.split(separator: " ").dropFirst().first : nil
        }
        /// What must be printed; `nil` for anything.
        var printed: Substring? {
            argument.split(separator: "prints ", maxSplits: 1, omittingEmptySubsequences: false).dropFirst()
                .first
        }
        /// The language after the fence's backticks.
        let language: String
        /// The first line of the block in the page.
        let line: Int
        var text = ""
    }

    let path: String
    private(set) var blocks: [Block] = []
    private(set) var settings: [String: String] = [:]
    /// Whether the page begins without an incident.
    private(set) var beginsEmpty = false

    init(_ path: String) throws {
        self.path = path
        var mark: [Substring] = []
        var block: Block?
        let lines = try TestSupport.text(of: path.hasPrefix("/") ? path : repository + "/" + path)
            .split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() {
            if let open = block {
                if line.hasPrefix("```") {
                    if !open.kind.isEmpty { blocks.append(open) }
                    (block, mark) = (nil, [])
                } else {
                    block?.text += line + "\n"
                }
            } else if line.hasPrefix("<!-- test: "), line.hasSuffix(" -->") {
                mark = line.dropFirst("<!-- test: ".count).dropLast(" -->".count).split(
                    separator: " ", maxSplits: 1)
                if mark == ["begins", "empty"] {
                    beginsEmpty = true
                    mark = []
                }
                if mark.first == "settings" {
                    for pair in mark.last?.split(separator: " ") ?? [] {
                        let parts = pair.split(separator: "=", maxSplits: 1)
                        settings[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
                    }
                    mark = []
                }
            } else if line.hasPrefix("```") {
                block = Block(
                    kind: mark.first.map(String.init) ?? "",
                    argument: mark.count == 2 ? mark.last.map(String.init) ?? "" : "",
                    language: String(line.drop { $0 == "`" }), line: number + 1)
            } else if !line.allSatisfy(\.isWhitespace) {
                mark = []
            }
        }
    }

    /// The blocks of a kind.
    func blocks(_ kind: String) -> [Block] {
        blocks.filter { $0.kind == kind }
    }

    /// The content of the block marked with that file name.
    func file(_ name: String) throws -> String {
        try #require(
            blocks("file").first { $0.argument == name }?.text,
            "\(path) has no block after <!-- test: file \(name) -->")
    }

    /// The pages whose commands are run: `docs/for-*.md`, found by name, and a few others.
    static let forReaders: [String] =
        TemporaryFolder.names(in: repository + "/docs")
        .filter {
            $0.hasPrefix("for-") && $0.hasSuffix(".md")
                || ["operating.md", "api.md", "client.md", "guide.md"].contains($0)
        }
        .sorted().map { "docs/" + $0 }
}
