import Testing

/// The floor plan of Package.swift, held against the sources.
@Suite struct FloorPlanTests {
    /// What comes with the toolchain and the system.
    private static let system: Set = ["Dispatch", "Glibc", "PackageDescription", "Synchronization"]

    private struct Target {
        let name: String
        let folder: String
        /// From 0; the roof is above all others, C libraries are below.
        let floor: Int
        let dependencies: Set<String>
    }

    private let targets: [Target]

    init() throws {
        targets = try Self.read(Repository.file("Package.swift").text)
        try #require(targets.count >= 16, "Package.swift was not understood: \(targets.map(\.name))")
    }

    @Test func `a target depends on floors below its own alone`() {
        let floors = Dictionary(uniqueKeysWithValues: targets.map { ($0.name, $0.floor) })
        for target in targets {
            for dependency in target.dependencies {
                let floor = floors[dependency] ?? (Self.isCLibrary(dependency) ? -1 : 100)
                #expect(
                    floor < target.floor || isAllowedNeighbour(target.name, dependency),
                    "\(target.name) → \(dependency)")
            }
        }
    }

    @Test func `a file imports what its target declares, and a target declares what it imports`() {
        for target in targets {
            var imported: Set<String> = []
            for (file, text) in Repository.code where file.path.hasPrefix(target.folder + "/") {
                for line in text.code where line.holds("import ") {
                    guard
                        let match = line.firstMatch(of: #/^\s*(?:@\w+ )*(?:public |internal )?import (\w+)/#)
                    else {
                        continue
                    }
                    let module = String(match.1)
                    guard !Self.system.contains(module) else { continue }
                    imported.insert(module)
                    #expect(target.dependencies.contains(module), "\(file) imports \(module)")
                }
            }
            let unused = target.dependencies.subtracting(imported)
            #expect(unused.isEmpty, "\(target.name) declares what it does not import: \(unused.sorted())")
        }
    }

    @Test func `nothing in the product depends on what the tests share`() throws {
        let package = try Repository.file("Package.swift").text
        let shared = Set(package.matches(of: #/path: "Tests\/(\w+)"/#).map { String($0.1) })
        try #require(shared.isSuperset(of: ["TestSupport", "ServiceSupport"]), "\(shared)")
        for target in targets {
            #expect(target.dependencies.isDisjoint(with: shared), "\(target.name)")
        }
        for (file, text) in Repository.code {
            for line in text.code where line.holds("import ") {
                for module in shared { #expect(!line.holds("import \(module)"), "\(file)") }
            }
        }
    }

    @Test func `no type bears the name of a module`() {
        let modules = Set(targets.map(\.name))
        let keywords = ["struct", "class", "enum", "protocol", "actor", "typealias"]
        for (file, text) in Repository.code {
            for (number, line) in text.code.enumerated() {
                let words = line.split { !$0.isLetter && $0 != "_" }
                for (keyword, name) in zip(words, words.dropFirst())
                where keywords.contains(String(keyword)) && modules.contains(String(name)) {
                    Issue.record("\(file):\(number + 1): \(name) hides the module")
                }
            }
        }
    }

    @Test func `every folder of sources is a target, and the other way round`() {
        let folders = Set(Repository.product.filter { $0.path.hasPrefix("Sources/") }.compactMap(\.target))
        let named = Set(
            targets.map(\.folder).filter { $0.hasPrefix("Sources/") }.map { String($0.dropFirst(8)) })
        #expect(folders == named)
    }

    private func isAllowedNeighbour(_ target: String, _ dependency: String) -> Bool {
        // Platform measures with Time; Outbound speaks the port `Transport`, which lies with the others in Journal.
        [["Platform", "Time"], ["Outbound", "Journal"]].contains([target, dependency])
    }

    private static func isCLibrary(_ name: String) -> Bool {
        Repository.exists("Sources/\(name)/module.modulemap")
    }

    /// The targets between `targets: [` and the tests. A comment `// 5: …` begins a floor.
    private static func read(_ package: String) -> [Target] {
        var targets: [Target] = []
        var floor = 0
        var floorOfText = 0
        var text = ""
        for line in package.split(separator: "\n").map(String.init) {
            if let match = line.firstMatch(of: #/^\s*// (\d|Roof)/#) {
                floor = Int(match.1) ?? 7
                continue
            }
            if line.contains("// Tests,") { break }
            if line.contains(#/^\s*\.(?:target|executableTarget|systemLibrary|testTarget)\(/#) {
                if let target = target(text, floor: floorOfText) { targets.append(target) }
                text = ""
                floorOfText = floor
            }
            text += line + "\n"
        }
        if let target = target(text, floor: floorOfText) { targets.append(target) }
        return targets
    }

    private static func target(_ text: String, floor: Int) -> Target? {
        guard text.contains(#/\.(?:target|executableTarget)\(/#),
            let name = text.firstMatch(of: #/name: "(\w+)"/#)
        else { return nil }
        let path = text.firstMatch(of: #/path: "([\w\/]+)"/#)?.1
        let list = text.firstMatch(of: #/dependencies: \[([^\]]*)\]/#)?.1 ?? ""
        return Target(
            name: String(name.1), folder: path.map(String.init) ?? "Sources/\(name.1)", floor: floor,
            dependencies: Set(list.matches(of: #/"(\w+)"/#).map { String($0.1) }))
    }
}
