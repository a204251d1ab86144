import Config
import Incidents
import Lint
import Model
import TestSupport
import Testing
import Time

/// A random incident: random changes at random times, with a scheduler that is sometimes down and a clock that sometimes goes back.
struct RandomHistory {
    /// What happened, so that a test can check that its histories cover enough.
    struct Tally {
        var nags = 0
        var decisionNags = 0
        var silences = 0
        var staleNags = 0
        var approvalNags = 0
        var handoverNags = 0
        var rollbacks = 0
        var snoozes = 0
        var movedNags = 0
        var slowed = 0
        var escalations = 0
        var lateNags = 0
        var refusals = 0
        var reopenings = 0
        var lateUpdates = 0
        var secretDrafts = 0
        var checks = 0
        var watchResets = 0
        var restored = 0
    }

    private(set) var scenario: Scenario
    private(set) var tally = Tally()
    /// The first violations; empty if there are none.
    private(set) var broken: [String] = []
    private var maker: RandomChange
    private var now: Timestamp
    private var hasScheduler = true
    private let templates: [Template]

    init(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var policy = Policy.standard
        if random.happens(50) {
            policy.minor = Policy.Intervals(firstUpdate: .seconds(600), interval: .seconds(3_600))
            policy.critical = Policy.Intervals(firstUpdate: .seconds(60), interval: .seconds(300))
        }
        if random.happens(20) { policy.nagSteps = [.seconds(30), .seconds(30), .seconds(60), .seconds(61)] }
        if random.happens(20) { policy.nagMax = 4 }
        if random.happens(40) { policy.decisionAfter = .seconds(random.one(of: 600, 1_800)) }
        if random.happens(40) { policy.noProgress = .seconds(random.one(of: 60, 600)) }
        if random.happens(60) { policy.watch.usual = .seconds(random.one(of: 0, 1, 60, 3_600)) }
        if random.happens(20) { policy.watch.minor = .zero }
        if random.happens(40) { policy.shift = .seconds(random.one(of: 0, 1_800, 7_200)) }
        // By the seed, so that the other choices stay.
        let modes: [Int: UpdateLint.Mode] = [0: .off, 3: .block]
        policy.lint = UpdateLint(
            modes[Int(seed % 8)] ?? .warn, Linter(words: try WordList(Texts.lintWords)),
            StepWords(Texts.noSteps))
        now = minute(0)
        var details = Declared.Details(title: "People cannot sign in")
        details.restoredWhen = random.one(of: nil, "said", "said")
        scenario = try Scenario(
            random.one(of: .minor, .major, .critical), at: now, by: "secret-dora", under: policy, details)
        scenario.others[7] = try Scenario(at: now, number: 7).incident
        maker = RandomChange(random: random)
        let all = Placeholder.allCases.map { "{{\($0.rawValue)}}" }.joined(separator: "\n")
        templates =
            try Texts.templates.map { try Template(name: $0.name, text: $0.text) } + [
                Template(name: "all", text: all)
            ]
    }

    /// Runs the history until a violation.
    mutating func live(steps: Int) {
        for _ in 0..<steps {
            guard broken.isEmpty else { return }
            let target = later()
            if maker.random.happens(10) { hasScheduler.toggle() }
            if hasScheduler { runScheduler(until: target) }
            now = target
            let author = maker.person()
            attempt(maker.change(on: scenario.incident, at: now), by: author)
            checkClock()
            if maker.random.happens(25) { checkDrafts() }
        }
    }

    /// The next time: soon, far ahead, at the boundaries of the next nag's time, or a little earlier.
    private mutating func later() -> Timestamp {
        let next = max(scenario.incident.nextNagAt ?? now, now)
        switch Int.random(in: 0..<100, using: &maker.random) {
        case 0..<15: return now
        case 15..<20: return now + millisecond
        case 20..<50: return now + .milliseconds(Int.random(in: 0...120_000, using: &maker.random))
        case 50..<70: return now + .milliseconds(Int.random(in: 0...1_200_000, using: &maker.random))
        case 70..<75: return max(now, next - millisecond)
        case 75..<85: return next
        case 85..<90: return next + millisecond
        case 90..<95: return now + .seconds(Int.random(in: 0...20_000, using: &maker.random))
        default: return now - .seconds(Int.random(in: 0...900, using: &maker.random))
        }
    }

    /// Sets the clock back by a minute to three weeks. Returns whether it could.
    mutating func setClockBack() -> Bool {
        let before = scenario.incident
        let from = max(now, before.recordedAt)
        guard broken.isEmpty, before.nextNagAt.map({ $0 > from }) ?? true else { return false }
        let longest = maker.random.one(of: 600, 86_400, 1_900_000)
        now = from - .seconds(61 + Int.random(in: 0...longest, using: &maker.random))
        do {
            try scenario.setClockBack(from: from, to: now)
        } catch {
            broken.append("No correction from \(from) to \(now)")
            return true
        }
        let after = scenario.incident
        if after.recordedAt != now { broken.append("Recorded at another time") }
        let silence = after.inactivity.since
        if silence > now || after.episodeStartedAt > now { broken.append("The past lies ahead") }
        guard let next = before.nextNagAt else { return true }
        // A silence that begins again may have been the only thing to nag about.
        let delay = silence == now ? .seconds(86_400) : next - from
        if after.nextNagAt.map({ $0 > now + delay }) ?? true {
            broken.append(
                "The next nag was due in \(next - from), and is at \(String(describing: after.nextNagAt)), now \(now)"
            )
        }
        return true
    }

    private mutating func runScheduler(until target: Timestamp) {
        var looks = 0
        while let next = scenario.incident.nextNagAt, next <= target, broken.isEmpty {
            attempt(.nag, at: max(next, now), by: "drumbeat")
            looks += 1
            // Hourly and daily nags follow those at the interval.
            if looks > 2 * scenario.policy.nagMax + 60 { return broken.append("The scheduler spins") }
        }
    }

    private mutating func attempt(_ change: Request, at moment: Timestamp? = nil, by author: String) {
        let moment = moment ?? now
        let before = scenario.incident
        do {
            let decision = try scenario.make(change, at: moment, by: author)
            count(decision, before)
            let promise = Promise(
                change: change, decision: decision, before: before, after: scenario.incident)
            broken += promise.broken(at: max(moment, before.recordedAt))
        } catch {
            tally.refusals += 1
            if scenario.incident != before { broken.append("A refusal changed something") }
            broken += Promise.brokenRefusal(change, error, on: before, at: max(moment, before.recordedAt))
        }
        if !broken.isEmpty { broken.append("by \(change) at \(moment) on \(before)") }
    }

    private mutating func count(_ decision: Decision<Incident>, _ before: Incident) {
        for payload in decision.entries.map(\.payload) {
            switch payload {
            case let nag as NagSent where nag.about == .decision: tally.decisionNags += 1
            case let nag as NagSent where nag.about == .noProgress: tally.silences += 1
            case let nag as NagSent where nag.about == .stale: tally.staleNags += 1
            case let nag as NagSent where nag.about == .approval: tally.approvalNags += 1
            case let nag as NagSent where nag.about == .handover: tally.handoverNags += 1
            case let started as MitigationStarted: if started.request != nil { tally.rollbacks += 1 }
            case let snoozed as NagSnoozed:
                tally.snoozes += 1
                if let number = snoozed.number,
                    scenario.incident.cadence.moment(ofNag: number) == snoozed.until
                {
                    tally.movedNags += 1
                }
            case let change as CadenceChanged: if change.to > change.from { tally.slowed += 1 }
            case is Escalated: tally.escalations += 1
            case let nag as NagSent:
                tally.nags += 1
                if nag.number > before.cadence.lastNagNumber + 1 { tally.lateNags += 1 }
            case is Reopened: tally.reopenings += 1
            case is CheckRecorded: tally.checks += 1
            case is WatchReset: tally.watchResets += 1
            case let resolved as Resolved: if !resolved.override { tally.restored += 1 }
            case let update as UpdatePublished: if update.lateBySeconds ?? 0 > 0 { tally.lateUpdates += 1 }
            default: break
            }
        }
    }

    /// The next nag is sent once, at its time and not a millisecond earlier.
    private mutating func checkClock() {
        let incident = scenario.incident
        guard let next = incident.nextNagAt else {
            if nags(at: now + .seconds(86_400 * 365)) != 0 {
                broken.append("A nag although none was to come")
            }
            return
        }
        if next - millisecond >= incident.recordedAt, nags(at: next - millisecond) != 0 {
            broken.append("A nag before its moment")
        }
        let moment = max(next, incident.recordedAt)
        let isStale = incident.nextNagAt(about: .stale).map { $0 <= moment } ?? false
        let due =
            isStale
            ? 1
            : Incident.nagTopics.count {
                let isHeldBack = $0.about == .noProgress && incident.cadence.nagDue(at: moment) ?? 0 >= 3
                return !isHeldBack && incident.nextNagAt(about: $0.about).map { $0 <= moment } ?? false
            }
        if due < 1 || nags(at: next) != due { broken.append("No nag at its moment") }
        if !incident.isOpen, incident.nextNagAt(about: .closing) != next {
            broken.append("A nag to come after the end")
        }
    }

    private func nags(at moment: Timestamp) -> Int {
        do {
            return try scenario.judge(.nag, at: moment, by: "drumbeat").entries.count
        } catch {
            return -1
        }
    }

    /// Invariant I10, with all templates and one that has every placeholder.
    private mutating func checkDrafts() {
        for template in templates {
            let open = scenario.draft(.public, template, next: now, at: now)
            if open.text.contains("secret") { broken.append("A public draft tells a secret: \(open.text)") }
            let isPublic = { (seq: Int) in scenario.entries[seq - 1].visibility == .public }
            if !open.usedSeqs.allSatisfy(isPublic) { broken.append("A public draft used \(open.usedSeqs)") }
            if template.name == "nothing_new", !open.missing.isEmpty {
                broken.append("Nothing new is unfilled")
            }
            for draft in [open, scenario.draft(.internal, template, next: now, at: now)] {
                if draft.missing.isEmpty == Draft.holdsPlaceholder(draft.text) {
                    broken.append("Missing: \(draft.missing)")
                }
                if draft.basisSeq != scenario.incident.seq { broken.append("Another basis") }
                if draft.text.contains("- secret") { tally.secretDrafts += 1 }
            }
        }
    }
}
