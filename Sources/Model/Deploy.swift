import Time

/// What a deploy changes, and what a freeze of deploys covers: a service's name, or everything.
public struct DeployScope: Hashable, Sendable {
    /// As typed, without spaces at the ends; `*` for everything.
    public let name: String
    /// What scopes are compared by: without regard to ASCII case.
    public let key: String

    public static let everything = DeployScope("*")

    public init(_ name: String) {
        let bytes = name.utf8
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        let kept = bytes.drop(while: isSpace)
        let end = kept.lastIndex { !isSpace($0) }.map(kept.index(after:)) ?? kept.endIndex
        let trimmed = String(kept[..<end]) ?? name
        self.name = trimmed.isEmpty ? "*" : trimmed
        key = asciiLowercased(self.name)
    }

    public var isEverything: Bool { key == "*" }

    public static func == (left: DeployScope, right: DeployScope) -> Bool {
        left.key.utf8.elementsEqual(right.key.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        for byte in key.utf8 { hasher.combine(byte) }
    }
}

/// A deploy that no freeze stopped.
public struct Deploy: Sendable, Equatable {
    public var scope: DeployScope
    /// What was deployed: `2.14`.
    public var what: String
    public var author: Person
    /// Name of the token that recorded it.
    public var postedBy: String
    public var at: Timestamp

    public init(scope: DeployScope, what: String, author: Person, postedBy: String, at moment: Timestamp) {
        self.scope = scope
        self.what = what
        self.author = author
        self.postedBy = postedBy
        at = moment
    }

    /// Upper bound of the kept deploys: the oldest of the token that recorded most are forgotten, so that no token makes room with those of
    /// others.
    public static let keptMax = 1_000
    /// How long they are kept.
    public static let lifetime: Duration = .seconds(7 * 86_400)
}

/// Which deploys to look for: those of a scope and those of everything, newest first.
public struct DeployQuery: Sendable, Equatable {
    /// Of every scope when it is everything.
    public var scope: DeployScope
    /// At this moment or later.
    public var since: Timestamp
    /// At this moment or earlier.
    public var until: Timestamp
    public var limit: Int

    public init(scope: DeployScope, since: Timestamp, until: Timestamp, limit: Int) {
        self.scope = scope
        self.since = since
        self.until = until
        self.limit = limit
    }

    public func matches(_ deploy: Deploy) -> Bool {
        (scope.isEverything || deploy.scope.isEverything || deploy.scope == scope)
            && deploy.at >= since && deploy.at <= until
    }
}
