/// Finds names of machines and private addresses.
struct MachineNames {
    private let bytes: [UInt8]
    private let words: WordList
    private let exact: [String.UTF8View]

    /// Longer runs are no names (RFC 1035: 253).
    private static let nameBytesMax = 253

    init(_ bytes: [UInt8], _ words: WordList) {
        self.bytes = bytes
        self.words = words
        exact = words.all(.exactNames).map(\.utf8)
    }

    func spans() -> [Range<Int>] {
        var found: [Range<Int>] = []
        var index = 0
        while index < bytes.count {
            guard isOfName(bytes[index]) else {
                index += 1
                continue
            }
            var end = index
            while end < bytes.count, isOfName(bytes[end]) { end += 1 }
            let run = trimmed(index..<end)
            // A colon belongs to an IPv6 address only, so the parts between colons are names of their own.
            if isPrivateIPv6(run) {
                found.append(run)
            } else {
                for part in parts(of: run, at: 0x3A) where isInternal(part) { found.append(part) }
            }
            index = end
        }
        return found
    }

    private func isOfName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x3A, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while end > start, [0x2E, 0x2D, 0x3A, 0x5F].contains(bytes[end - 1]) { end -= 1 }
        while start < end, [0x2E, 0x2D, 0x5F].contains(bytes[start]) { start += 1 }
        return start..<end
    }

    private func parts(of range: Range<Int>, at separator: UInt8) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = range.lowerBound
        for index in range.lowerBound...range.upperBound
        where index == range.upperBound || bytes[index] == separator {
            let part = trimmed(start..<index)
            if !part.isEmpty { found.append(part) }
            start = index + 1
        }
        return found
    }

    private func lower(_ range: Range<Int>) -> String {
        String(decoding: bytes[range].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    private func isInternal(_ range: Range<Int>) -> Bool {
        guard range.count <= Self.nameBytesMax, range.count >= 2 else { return false }
        // Most words have neither digits nor dots.
        guard bytes[range].contains(where: { (0x2E...0x39).contains($0) }) else {
            return exact.contains { $0.count == range.count } && words.contains(lower(range), in: .exactNames)
        }
        let name = lower(range)
        if words.contains(name, in: .exactNames) { return true }
        if words.contains(name, in: .notNames) { return false }
        let labels = parts(of: range, at: 0x2E)
        if labels.count == 4, let address = address(labels) { return isPrivate(address) }
        if labels.count > 1, words.all(.suffixes).contains(where: { name.hasSuffix($0) && name != $0 }) {
            return true
        }
        return labels.contains { isMachine(lower($0)) }
    }

    // MARK: Addresses

    private func address(_ labels: [Range<Int>]) -> [Int]? {
        let numbers = labels.compactMap { label -> Int? in
            let text = lower(label)
            return text.utf8.count <= 3 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
                ? Int(text) : nil
        }
        return numbers.count == 4 && numbers.allSatisfy { $0 <= 255 } ? numbers : nil
    }

    /// RFC 1918, shared, loopback and link-local addresses.
    private func isPrivate(_ address: [Int]) -> Bool {
        switch (address[0], address[1]) {
        case (10, _), (127, _), (192, 168), (169, 254): true
        case (172, 16...31), (100, 64...127): true
        default: false
        }
    }

    /// Unique local and link-local addresses (RFC 4193, RFC 4291).
    private func isPrivateIPv6(_ range: Range<Int>) -> Bool {
        guard (4...39).contains(range.count) else { return false }
        let text = lower(range)
        let colons = text.utf8.count { $0 == 0x3A }
        let isHex = text.utf8.allSatisfy { (0x30...0x3A).contains($0) || (0x61...0x66).contains($0) }
        guard isHex, colons >= 2 else { return false }
        return ["fc", "fd", "fe8", "fe9", "fea", "feb"].contains { text.hasPrefix($0) }
            && text.utf8.prefix { $0 != 0x3A }.count == 4
    }

    // MARK: Labels

    /// `web-03`, `db1`, `prod-db-1`, `ip-10-0-3-4`.
    private func isMachine(_ label: String) -> Bool {
        guard label.utf8.contains(where: { (0x30...0x39).contains($0) }),
            !words.contains(label, in: .notNames)
        else {
            return false
        }
        let parts = label.split(separator: "-")
        if parts.first == "ip", parts.count == 5, parts.dropFirst().allSatisfy({ Int($0) != nil }) {
            return true
        }
        let hasNumber = parts.dropFirst().contains { isNumbered($0) }
        if hasNumber, parts.contains(where: { words.contains(String($0), in: .environments) }) { return true }
        // Only machines are numbered 07: "git-fs-07".
        if let last = parts.last, parts.count > 2, last.utf8.first == 0x30, (2...4).contains(last.utf8.count),
            last.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            parts.dropLast().allSatisfy({ $0.utf8.allSatisfy { (0x61...0x7A).contains($0) } })
        {
            return true
        }
        if parts.count > 2, let first = parts.first, words.contains(String(first), in: .machines),
            let last = parts.last, (1...2).contains(last.utf8.count), Int(last) != nil,
            parts[1..<parts.count - 1].allSatisfy({ !isNumbered($0) })
        {
            return true
        }
        // The role stands before the number: in one part, or in the one before.
        for (index, part) in parts.enumerated() {
            let letters = part.utf8.prefix { !(0x30...0x39).contains($0) }
            let digits = part.utf8.dropFirst(letters.count)
            let isNumber = (1...4).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
            guard isNumber else { continue }
            let role =
                letters.isEmpty ? (index > 0 ? String(parts[index - 1]) : "") : String(Substring(letters))
            // "the-web-2024" is a year.
            if words.contains(role, in: .machines), !(digits.count == 4 && digits.first == 0x32) {
                return true
            }
        }
        return false
    }

    private func isNumbered(_ part: Substring) -> Bool {
        part.utf8.contains { (0x30...0x39).contains($0) }
    }
}
