import Glibc
import Testing

/// The repository's text files.
enum Repository {
    /// A file's path relative to the top folder, and its text.
    struct File: Sendable, CustomStringConvertible {
        let path: String
        let text: String

        var description: String { path }
        var lines: [String] {
            text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        }
    }

    static let top: String = {
        // Tests/HouseTests/Repository.swift
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        return parts.dropLast(3).joined(separator: "/")
    }()

    /// All files except the products of builds and of the running service.
    static let files: [File] = {
        let folders = [
            "Sources", "Tests", "migrations", "config", "docs", "scripts", ".ci", "Benchmarks/harness",
            "Benchmarks/wrk", "Benchmarks/peer/Sources",
        ]
        return (paths(under: "", deep: false) + folders.flatMap { paths(under: $0, deep: true) })
            .filter { !$0.contains("__pycache__") }.sorted()
            .map { File(path: $0, text: (try? text(of: $0)) ?? "") }
    }()

    static func file(_ path: String) throws -> File {
        try #require(files.first { $0.path == path }, "there is no \(path)")
    }

    private static func paths(under folder: String, deep: Bool) -> [String] {
        guard let listing = opendir(top + "/" + folder) else { return [] }
        defer { closedir(listing) }
        var found: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            // In a worktree `.git` is a file.
            guard name != ".", name != "..", name != ".git" else { continue }
            let path = folder.isEmpty ? name : folder + "/" + name
            var status = stat()
            guard lstat(top + "/" + path, &status) == 0 else { continue }
            switch status.st_mode & S_IFMT {
            case S_IFREG: found.append(path)
            case S_IFDIR where deep: found += paths(under: path, deep: true)
            default: break
            }
        }
        return found
    }

    static func text(of path: String) throws -> String {
        let descriptor = open(top + "/" + path, O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0, "cannot open \(path)")
        defer { close(descriptor) }
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(descriptor, &chunk, chunk.count), count > 0 { all += chunk.prefix(count) }
        return String(decoding: all, as: UTF8.self)
    }
}
