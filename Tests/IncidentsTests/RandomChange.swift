import Incidents
import Model
import TestSupport
import Time

/// Generates random changes: mostly valid ones, many at a boundary of a rule, some invalid.
///
/// All internal words contain `secret`.
struct RandomChange {
    var random: SeededGenerator

    mutating func person() -> String {
        random.one(of: "secret-alice", "@Secret-Alice", "secret-bob", "SECRET-BOB", "secret-eve")
    }

    mutating func change(on incident: Incident, at now: Timestamp) -> Request {
        // Else hardly any would be resolved without an override.
        if incident.status == .monitoring, random.happens(40) {
            return random.happens(70) ? .check("secret a", passed: random.happens(75)) : .status(.resolved)
        }
        return switch Int.random(in: 0..<100, using: &random) {
        case 0..<25: .publish(update(on: incident, at: now))
        case 25..<31: .post(note(at: now))
        case 31..<37: mitigation(on: incident)
        case 37..<39: .check(random.one(of: "secret a", " Secret A", "secret b"), passed: random.happens(70))
        case 39..<43: .confirm(confirmation(on: incident))
        case 43..<45: .correct(correction(on: incident))
        case 45..<60: .changeStatus(status(on: incident))
        case 60..<68: .raiseSeverity(to: severity(), reason: random.one(of: nil, "secret", ""))
        case 68..<72: .dispute(claims: severity(), reason: "secret")
        case 72..<80:
            .assignRole(role(), Person(person()), contact: random.one(of: nil, "secret", "secret 2"))
        case 80..<84: .releaseRole(role())
        case 84: .endSnooze
        case 85..<88: .snooze(minutes: random.one(of: 0, 1, 5, 15, 16, 60, 61), reason: "secret")
        case 88..<93:
            .changeInterval(
                to: .seconds(random.one(of: 60, 300, 900, 901, 1_800, 1_800, 3_600, 3_600, 3_601, 14_400)),
                reason: random.one(of: nil, "secret", "secret", ""))
        case 93: .escalate(to: Person(person()), reason: "secret")
        case 94: freeze(on: incident)
        case 95..<97: .edit(edit(at: now))
        case 97:
            .tick(random.one(of: .confirmImpact, .stopRiskyChange, .quickChecks, .choosePath, .writeDown))
        default: .nag
        }
    }

    /// Something about the freeze of deploys.
    private mutating func freeze(on incident: Incident) -> Request {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return Request(LiftFreeze())
        case 1:
            let known = incident.exceptions.randomElement(using: &random)?.id
            return Request(RevokeException(id: known ?? "secret"))
        case 2: return Request(AttemptDeploy(.refused, scope: DeployScope("secret"), what: "secret"))
        default:
            return Request(
                GrantException(
                    minutes: random.one(of: 1, 30, 120), scope: random.one(of: nil, "secret", "*"),
                    what: random.one(of: nil, "secret")))
        }
    }

    /// A confirmation of a random entry. It makes nothing public, because internal words must stay internal.
    private mutating func confirmation(on incident: Incident) -> Confirm {
        Confirm(
            of: seq(on: incident),
            random.one(
                of: .confirmed, .confirmed, .complete(true), .complete(false), .state(.confirmed),
                .state(.ruledOut), .state(.done)))
    }

    private mutating func correction(on incident: Incident) -> Correct {
        Correct(
            of: seq(on: incident), text: random.one(of: "other words", "better words"),
            withdraws: random.happens(20))
    }

    /// The seq of an entry, more often of evidence, or one that does not exist yet.
    private mutating func seq(on incident: Incident) -> Int {
        if random.happens(30), let evidence = incident.evidence.randomElement(using: &random) {
            return evidence.seq
        }
        let listed = incident.suspects.map(\.seq) + incident.todos.map(\.seq)
        if random.happens(30), let seq = listed.randomElement(using: &random) { return seq }
        return Int.random(in: 1...incident.seq + 1, using: &random)
    }

    /// Something about mitigations; more often about one that there is.
    private mutating func mitigation(on incident: Incident) -> Request {
        let known = incident.mitigations.active.randomElement(using: &random)?.id
        let some = incident.mitigations.all.randomElement(using: &random)?.id
        let id = random.one(of: known, known, known, some, "entry-1") ?? "entry-2"
        let parallelReason = random.one(of: nil, "secret")
        let plan = Mitigation.Plan(
            action: "secret", expected: random.one(of: nil, "secret"), metric: "secret")
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<2:
            return Request(
                StartMitigation(
                    random.one(of: .flagOff, .restore), plan, owner: Person(person()),
                    parallelReason: parallelReason))
        case 2..<5:
            let rollback = Rollback(
                to: "secret", random.one(of: .safe, .forwardFix), override: random.happens(50),
                reason: random.one(of: nil, "secret"))
            return Request(
                StartMitigation(.rollback, plan, parallelReason: parallelReason, rollback: rollback))
        case 5..<8:
            return Request(
                EndMitigation(
                    id, random.one(of: .worked, .noEffect, .madeWorse, .abandoned), result: "secret"))
        default:
            return Request(
                AnswerRollback(id, approved: random.happens(70), parallelReason: parallelReason))
        }
    }

    private mutating func severity() -> Severity {
        random.one(of: .minor, .minor, .major, .critical)
    }

    private mutating func role() -> Role {
        random.one(of: .commander, .communicator, .technicalLead, .scribe, .rollbackApprover, .rollbackBackup)
    }

    private mutating func visibility() -> Visibility {
        random.one(of: .internal, .public)
    }

    /// A time near `now`, at the boundaries of the accepted clock skew, or far away.
    private mutating func claim(at now: Timestamp) -> Timestamp? {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: now
        case 1: now - millisecond
        case 2: now + millisecond
        case 3: now + .seconds(600)
        case 4: now + .seconds(600) + millisecond
        case 5: now - .seconds(Int.random(in: 0...3_600, using: &random))
        case 6: now - .seconds(86_400 * 365)
        default: nil
        }
    }

    private mutating func note(at now: Timestamp) -> PostEntry {
        let visibility = visibility()
        let payload: any PostedPayload = random.one(
            of: Note(), Finding(confirmed: true), Finding(confirmed: true), Finding(confirmed: false),
            ChangeMade(complete: true), ChangeMade(complete: false), Hypothesis(.confirmed), DecisionMade(),
            Todo(), Todo(owner: Person(person()), minutes: random.one(of: nil, 1, 240)),
            Hypothesis(.open, suspect: .deploy, changedAt: now))
        let text = visibility == .public ? "open" : "secret"
        return PostEntry(payload, text: text, occurredAt: claim(at: now), visibility: visibility)
    }

    private mutating func status(on incident: Incident) -> ChangeStatus {
        // Ends are less frequent than other changes; otherwise most of a history would come after the end.
        let to: Incident.Status = random.one(
            of: .investigating, .investigating, .mitigating, .mitigating, .monitoring, .resolved, .cancelled)
        let reason = random.one(of: nil, "secret", "false_alarm", "duplicate")
        let override = random.happens(50)
        let other = random.one(of: nil, nil, 7, incident.number)
        let wish = ChangeStatus(
            to: to, reason: reason, override: override, duplicateOf: other.map(StreamName.number))
        return other.map(wish.naming) ?? wish
    }

    private mutating func update(on incident: Incident, at now: Timestamp) -> PublishUpdate {
        var update = PublishUpdate(
            audience: random.one(of: .public, .internal),
            text: random.one(of: "secret", "secret", "secret [FILL: x]"))
        update.occurredAt =
            random.happens(30)
            ? random.one(
                of: incident.cadence.lastUpdateAt, incident.cadence.beat.dueAt, incident.episodeStartedAt,
                incident.episodeStartedAt - millisecond,
                incident.cadence.lastUpdateAt.map { $0 - millisecond }) : claim(at: now)
        let moment = min(update.occurredAt ?? now, now)
        let limit = moment + incident.cadence.interval + .seconds(60)
        update.nextUpdateAt = random.one(
            of: nil, nil, nil, moment + millisecond, moment, limit, limit + millisecond,
            incident.cadence.beat.dueAt,
            moment + .seconds(120))
        if random.happens(15) { update.status = status(on: incident) }
        if random.happens(30) {
            update.basisSeq = random.one(of: incident.seq, incident.seq + 1, 0, max(1, incident.seq - 3))
        }
        if random.happens(10) { update.etaBasis = random.one(of: 1, incident.seq + 1) }
        update.force = random.happens(40)
        return update
    }

    private mutating func edit(at now: Timestamp) -> EditIncident {
        var edit = Edited()
        if random.happens(30) { edit.title = random.one(of: .set("said"), .set("said twice"), .clear) }
        if random.happens(30) { edit.impact = random.one(of: .set("said"), .set("said twice"), .clear) }
        if random.happens(30) { edit.workaround = random.one(of: .set("said"), .set(""), .clear) }
        if random.happens(30) { edit.restoredWhen = random.one(of: .set("said"), .clear) }
        if random.happens(30) {
            let action = Incident.NextAction(text: "secret", owner: random.one(of: nil, "secret"))
            edit.nextAction = random.one(of: .set(action), .clear)
        }
        if random.happens(30) { edit.startedAt = claim(at: now).map { .set($0) } ?? .clear }
        if random.happens(30) { edit.detectedAt = claim(at: now).map { .set($0) } ?? .clear }
        if random.happens(30) { edit.publicTitle = random.one(of: .set("said"), .clear) }
        if random.happens(20) { edit.scope = random.one(of: .set("secret"), .clear) }
        if random.happens(20) { edit.usersAffected = random.one(of: .set(0), .set(1_200), .clear) }
        if random.happens(20) { edit.security = random.happens(50) }
        if random.happens(20) { edit.confidential = random.happens(50) }
        if random.happens(40) { edit.reason = random.one(of: "secret", " ") }
        if random.happens(10) { edit.restoredAt = claim(at: now).map { .set($0) } ?? .clear }
        if random.happens(30) { edit.channel = random.one(of: .set("secret"), .clear) }
        if random.happens(20) { edit.reviewedSeverity = random.one(of: .set(.minor), .set(.major), .clear) }
        if random.happens(30) {
            edit.labels = [random.one(of: "a", "service"): random.one(of: nil, "1", "2")]
        }
        if random.happens(30) {
            let link = Incident.Link(url: "https://secret", title: nil)
            edit.links = random.one(of: .set([]), .set([link]), .set([link, link]), .clear)
        }
        return EditIncident(edit)
    }
}
