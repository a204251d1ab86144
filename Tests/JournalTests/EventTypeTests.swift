import Incidents
import Journal
import Model
import Testing

struct EventTypeTests {
    @Test(arguments: [
        ("*", "update.overdue", true), ("*", "update", true), ("update.*", "update.overdue", true),
        ("update.*", "update", false), ("update", "update.overdue", false),
        ("*.overdue", "update.overdue", true), ("*.overdue", "overdue", false),
        ("*.overdue", "a.b.overdue", true), ("update.*.late", "update.very.very.late", true),
        ("update.*.late", "update.late", false), ("*.*", "update.overdue", true), ("*.*", "update", false),
        ("update.overdue", "update.overdue", true), ("Update.overdue", "update.overdue", false),
        ("update.over*", "update.overdue", false), ("", "update.overdue", false),
        ("update.", "update.overdue", false), (".*", "update.overdue", false),
        ("**", "update.overdue", false),
        ("update.overdue.*", "update.overdue", false), ("timeline.*", "update.overdue", false),
    ])
    func `a star stands for one or more whole segments`(pattern: String, type: String, matches: Bool) {
        #expect(EventType.matches(pattern: pattern, type) == matches)
    }

    @Test(arguments: [
        ("*", true), ("update.*", true), ("endpoint.test", true), ("updates.*", false), ("*.*.*", false),
        ("", false), ("incident", false),
    ])
    func `a pattern that takes in no type at all is of no use`(pattern: String, isUseful: Bool) {
        #expect(EventType.isUseful(pattern: pattern) == isUseful)
    }

    @Test(arguments: EventType.all)
    func `each type has the retry class that the API promises`(type: EventType) throws {
        let area = try #require(type.rawValue.split(separator: ".").first)
        let expected: RetryClass =
            switch area {
            case "cadence", "decision", "approval", "progress", "handover", "endpoint": .nag
            case "update": type == UpdatePublished.event ? .status : .nag
            case "timeline": .record
            case "incident": type == StaleNag.event ? .nag : .status
            default: .status
            }
        #expect(type.retryClass == expected)
    }

    @Test func `a webhook that is off wants nothing`() {
        var webhook = Webhook(
            id: "whk_a", url: "https://a.test", events: ["incident.*", "update.overdue"], secret: "whsec_x",
            createdAt: noon, disabledAt: nil, disabledReason: nil, failingSince: nil)
        #expect(webhook.wants(Declared.event))
        #expect(webhook.wants(.updateOverdue))
        #expect(!webhook.wants(UpdatePublished.event))
        webhook.disabledAt = noon
        #expect(!webhook.wants(Declared.event))
    }
}
