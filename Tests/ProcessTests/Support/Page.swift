import Glibc
import TestSupport
import Testing

/// A page for people, taken apart into the blocks that are marked for tests.
///
/// A mark is a comment before the block, and its first word says what becomes of it:
/// `<!-- test: run -->` is run in the page's one shell, after the blocks above it; `<!-- test: run prints INC-1 -->` must print that as well;
/// `<!-- test: file bot.py -->` is put into the folder first; `<!-- test: syntax -->` is only read by the shell, for what needs another machine.
/// `<!-- test: settings KEY=VALUE … -->` stands alone, and is what the service under the page is started with.
struct Page {
    /// A block with its mark.
    struct Block {
        /// The mark's first word.
        let kind: String
        /// The rest of the mark.
        let argument: String
        /// What stands after the fence's backticks.
        let language: String
        /// The page's line on which it begins.
        let line: Int
        var text = ""
    }

    let path: String
    private(set) var blocks: [Block] = []
    private(set) var settings: [String: String] = [:]

    /// Reads a page of the repository.
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

    /// The blocks whose mark begins with that word.
    func blocks(_ kind: String) -> [Block] {
        blocks.filter { $0.kind == kind }
    }

    /// The text to put into the file of that name.
    func file(_ name: String) throws -> String {
        try #require(
            blocks("file").first { $0.argument == name }?.text,
            "\(path) has no block after <!-- test: file \(name) -->")
    }

    /// The pages whose commands are all run: one for each kind of reader. A new one is found by its name.
    static let forReaders: [String] =
        TemporaryFolder.names(in: repository + "/docs")
        .filter { $0.hasPrefix("for-") && $0.hasSuffix(".md") || $0 == "operating.md" }
        .sorted().map { "docs/" + $0 }
}
