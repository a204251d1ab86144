/// Names of people, taken apart once: those of people's pages are the same for every update.
public struct PersonNames: Sendable, Equatable {
    public static let none = PersonNames()

    /// Upper bound of names; further ones are not looked for.
    public static let countMax = 2_000
    /// Longer names are not looked for.
    private static let wordsMax = 4

    /// The words of each name, without `@`, by the first of them.
    private var byFirstWord: [String: [[String]]] = [:]
    /// The first words of names such as "Carol Jones", which alone are a name when they begin with a capital letter.
    private var firstNames: Set<String> = []

    private init() {}

    init(_ names: some Sequence<String>, _ words: WordList) {
        for name in names.prefix(Self.countMax) {
            let parts = Tokens(Array(name.utf8), quotes: [], words).list.filter(\.isWord).map(\.word)
            guard let first = parts.first, parts.count <= Self.wordsMax else { continue }
            // "It broke" is no blame, whatever name a person goes by.
            if parts.count == 1, words.isOrdinary(first) { continue }
            byFirstWord[first, default: []].append(parts)
            // "Database Team" is no Mr Database.
            if parts.count > 1, !parts.contains(where: words.isOrdinary) { firstNames.insert(first) }
        }
    }

    /// How many tokens from one on are a name; 0 for none. `base` is the word of a token without a possessive ending.
    func count(at index: Int, in tokens: Tokens, base: (Int) -> String) -> Int {
        let first = base(index)
        var longest = 0
        for parts in byFirstWord[first] ?? [] {
            let fits = parts.indices.dropFirst().allSatisfy {
                tokens.continues(from: index, to: index + $0) && base(index + $0) == parts[$0]
            }
            if fits { longest = max(longest, parts.count) }
        }
        if longest == 0, tokens.list[index].isCapitalised, firstNames.contains(first) { return 1 }
        return longest
    }
}

extension WordList {
    /// Whether a word has a meaning of its own for the rules, so that it is no name.
    fileprivate func isOrdinary(_ word: String) -> Bool {
        [.people, .determiners, .users, .effects, .machines, .environments, .blameNotHuman, .blameBetween]
            .contains { contains(word, in: $0) }
    }
}

extension Linter {
    /// Names of people to look for, besides those of an incident.
    public func names(of people: some Sequence<String>) -> PersonNames { PersonNames(people, words) }
}
