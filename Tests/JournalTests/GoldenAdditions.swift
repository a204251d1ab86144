import Incidents
import Lint
import Model

/// The bytes of kinds, and of members, added after `Golden` was recorded.
extension Golden {
    static let added: [(any EntryPayload<Incident>, String)] = [
        (
            Linked(7, .duplicate),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"linked","text":"SECRET text of linked","data":{"ref":"INC-7","relation":"duplicate"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"c79aaa5e48e19dadfb23861ba4c4f765953612020b418ac891b83e2cdc92a5d1"}
            """#
        ),
        (
            Confirmation(of: 2, Finding.kind, wordsOf: 3, .confirmed, publishes: true),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"confirmation","text":"SECRET text of confirmation","data":{"of":2,"of_kind":"finding","words_of":3,"visibility":"public","confirmed":true},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"0abdc2610c357f0ca0a16ffe7f8112de10bf082ff861f5edc5edacec7f87a1e4"}
            """#
        ),
        (
            Confirmation(of: 2, Hypothesis.kind, wordsOf: 2, .state(.ruledOut), publishes: false),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"confirmation","text":"SECRET text of confirmation","data":{"of":2,"of_kind":"hypothesis","words_of":2,"state":"ruled_out"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"f01d4f94f73440ae7103c4bc2a050c8b7b682dfd6439396d139792a3c306ac40"}
            """#
        ),
        (
            Confirmation(of: 2, ChangeMade.kind, wordsOf: 2, .complete(false), publishes: false),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"confirmation","text":"SECRET text of confirmation","data":{"of":2,"of_kind":"change","words_of":2,"complete":false},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"edfb7dba946ab607100e4f4a65ef6cf2225ecf81889f08e7801e8ec3c1acab65"}
            """#
        ),
        (
            Correction(of: 2, withdraws: true),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"correction","text":"SECRET text of correction","data":{"of":2,"withdraws":true},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"4e30aade9565793c3f3c880cd41210ddb3698b3ed901743860e2cb09c7808747"}
            """#
        ),
        (
            ClockCorrected(from: noon, to: noon),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"clock_corrected","text":"SECRET text of clockCorrected","data":{"from":"2026-01-15T10:03:00.000Z","to":"2026-01-15T10:03:00.000Z"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"acb2ab1fefc6fd3624aa360a92371a3ea2b12287ab843d606639d5d1eeb1dce3"}
            """#
        ),
        (
            {
                var edit = Edited()
                edit.publicTitle = .set("SECRET headline")
                edit.restoredAt = .set(noon)
                return edit
            }(),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"edited","text":"SECRET text of edited","data":{"fields":["public_title","restored_at"],"restored_at":"2026-01-15T10:03:00.000Z","public_title":"SECRET headline"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"608575178e40bff3bb8c43a899c07de844c40140b6c26fdbf5be52a5722b12b4"}
            """#
        ),
        (
            {
                var declared = Sample.bare
                declared.details.publicTitle = "SECRET headline"
                return declared
            }(),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"declared","text":"SECRET text of declared","data":{"number":1,"severity":"minor","interval_seconds":60,"due_at":"2026-01-15T10:03:00.001Z","nag_steps_seconds":[30],"nag_max":1,"title":"SECRET","public_title":"SECRET headline"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"72b6bb6d41f16132fc58380a2f215ed90fc92a75f7c91f58848ea7e314b3b4be"}
            """#
        ),
        (
            CheckRecorded(
                pathSeq: 2, passed: false, by: Person("bob"), path: "SECRET path", evidence: "SECRET evidence"
            ),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"check_recorded","text":"SECRET text of checkRecorded","data":{"path_seq":2,"passed":false,"by":"bob","path":"SECRET path","evidence":"SECRET evidence"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"2aa5a68be583620a71fab99d59c1dec260f8bde9d91ac2900ef65e32e6df6850"}
            """#
        ),
        (
            CheckRecorded(pathSeq: nil, passed: true, by: Person("bob"), path: "SECRET path", evidence: nil),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"check_recorded","text":"SECRET text of checkRecorded","data":{"passed":true,"by":"bob","path":"SECRET path"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"38c53a35a2506aa3e7ea56f44cf5d01d452f69de92ad9a38288718d1fca9079c"}
            """#
        ),
        (
            WatchReset(
                reason: .failedCheck, watch: Watch(startedAt: noon, middleAt: noon, until: noon)),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"watch_reset","text":"SECRET text of watchReset","data":{"reason":"failed_check","watch":{"started_at":"2026-01-15T10:03:00.000Z","middle_at":"2026-01-15T10:03:00.000Z","until":"2026-01-15T10:03:00.000Z"}},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"5cd9404133f77bec5c00baad6c1382105972a70ff6bfeece3f1860ac92f820ed"}
            """#
        ),
        (
            StatusChanged(
                from: .mitigating, to: .monitoring, reason: nil,
                watch: Watch(startedAt: noon, middleAt: noon, until: noon)),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"status_changed","text":"SECRET text of statusChanged","data":{"from":"mitigating","to":"monitoring","watch":{"started_at":"2026-01-15T10:03:00.000Z","middle_at":"2026-01-15T10:03:00.000Z","until":"2026-01-15T10:03:00.000Z"}},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"9b856d83a5999bddc958ab92652e0a1fce3641f5b35a790b4afc223e4c3b7c23"}
            """#
        ),
        (
            ChecklistTicked(.quickChecks, dueAt: noon, lateBySeconds: 73),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"checklist_ticked","text":"SECRET text of checklistTicked","data":{"item":"quick_checks","due_at":"2026-01-15T10:03:00.000Z","late_by_seconds":73},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"156d7fceaa4fa5ead0bbb0a763bc3bee6b4e032f69b684618750f9bf7bb3b1d6"}
            """#
        ),
        (
            ChecklistTicked(.writeDown, dueAt: nil, lateBySeconds: nil),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"checklist_ticked","text":"SECRET text of checklistTicked","data":{"item":"write_down"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"ec989d3026444a29787aca08feded5530ed20a365ec8860221a33ebc1316b6a5"}
            """#
        ),
        (
            FreezeStarted(DeployScope("SECRET"), until: noon),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"freeze_started","text":"SECRET text of freezeStarted","data":{"until":"2026-01-15T10:03:00.000Z","scope":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"7b31d86fe8bd04b3c6f2a97cfe2513e13cf0e2ef3c996771196188a7625705e2"}
            """#
        ),
        (
            FreezeStarted(.everything, until: noon),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"freeze_started","text":"SECRET text of freezeStarted","data":{"until":"2026-01-15T10:03:00.000Z"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"f317cabcc0bf88ad1ec38a29b58d98cf466b2e988b03798ae893a145f8bcfa71"}
            """#
        ),
        (
            FreezeLifted(),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"freeze_lifted","text":"SECRET text of freezeLifted","data":{},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"5e431b515b2d11117f8209344466d5601295d0d22f46a4c7bf7488f84a798be3"}
            """#
        ),
        (
            ExceptionGranted(DeployScope("SECRET"), until: noon, what: "SECRET"),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"exception_granted","text":"SECRET text of exceptionGranted","data":{"until":"2026-01-15T10:03:00.000Z","scope":"SECRET","what":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"9afc587ffd2b46dfe3e6c16db60ea9eaf54d13b30042b47c30e8ab2c49f75fec"}
            """#
        ),
        (
            ExceptionRevoked(of: 2),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"exception_revoked","text":"SECRET text of exceptionRevoked","data":{"of":2},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"182cd26bf6ef8b66f5f3b7b5aac7817c19d09a8abb413905293c51ef8e3a61d6"}
            """#
        ),
        (
            DeployAttempted(.refused, scope: "SECRET", what: "SECRET"),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"deploy_attempted","text":"SECRET text of deployAttempted","data":{"outcome":"refused","scope":"SECRET","what":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"61bdf37447625f0dee80c5cb7779356d4926cfbc353f3457626b7a42aba0a078"}
            """#
        ),
        (
            Hypothesis(.open, suspect: .deploy, changedAt: noon),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"hypothesis","text":"SECRET text of hypothesis","data":{"state":"open","suspect":"deploy","changed_at":"2026-01-15T10:03:00.000Z","graph":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"0b3531500a58aa6a29ca7793f28d8d3a81f40d7d62f8b9c07f25a0a4c70b8c01"}
            """#
        ),
        (
            Todo(owner: Person("@Bob"), minutes: 20),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"todo","text":"SECRET text of todo","data":{"owner":"@Bob","minutes":20,"graph":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"5932c4e0df1ef79389b82804f8007aa7d7a33b83184f7d0d6ad35a72ec77b1ca"}
            """#
        ),
        (
            Todo(owner: nil, minutes: nil),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"todo","text":"SECRET text of todo","data":{"owner":null,"graph":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"4413ad365194f388e4e69e19bf51ebb06c2f652ae08dee6fecf0503bad9ba39b"}
            """#
        ),
        (
            {
                var edit = Edited()
                edit.scope = .set("SECRET scope")
                edit.usersAffected = .set(1_200)
                edit.security = true
                edit.confidential = false
                edit.reason = "SECRET reason"
                return edit
            }(),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"edited","text":"SECRET text of edited","data":{"fields":["scope","users_affected","security","confidential"],"users_affected":1200,"security":true,"confidential":false,"scope":"SECRET scope","reason":"SECRET reason"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"9626ad438ad55a23d625a88e68f9c3711d7a27ea9b3b653ad5108a0e42f4ded7"}
            """#
        ),
        (
            {
                var declared = Sample.bare
                declared.freezeUntil = noon
                return declared
            }(),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"declared","text":"SECRET text of declared","data":{"number":1,"severity":"minor","interval_seconds":60,"due_at":"2026-01-15T10:03:00.001Z","nag_steps_seconds":[30],"nag_max":1,"freeze_until":"2026-01-15T10:03:00.000Z","title":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"40a1867769bd67b6f8b3dae506eefeeb0588f9f92547aa0f60c23f90c6cf0680"}
            """#
        ),
        (
            {
                var declared = Sample.bare
                declared.details.scope = "SECRET scope"
                declared.details.usersAffected = 0
                declared.details.isSecurity = true
                declared.details.isConfidential = true
                return declared
            }(),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"declared","text":"SECRET text of declared","data":{"number":1,"severity":"minor","interval_seconds":60,"due_at":"2026-01-15T10:03:00.001Z","nag_steps_seconds":[30],"nag_max":1,"users_affected":0,"security":true,"confidential":true,"title":"SECRET","scope":"SECRET scope"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"bbedd4fbf40cc371b27df4e61405b4aa79b4117cb44e7e4c13a14a3be2d89672"}
            """#
        ),
        (
            MitigationStarted(
                .flagOff, owner: Person("@Bob"),
                Mitigation.Plan(
                    action: "SECRET action", expected: "SECRET effect", metric: "SECRET metric",
                    risk: "SECRET risk"),
                parallelReason: "SECRET reason"),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"mitigation_started","text":"SECRET text of mitigationStarted","data":{"kind":"flag_off","owner":"@Bob","action":"SECRET action","expected":"SECRET effect","metric":"SECRET metric","risk":"SECRET risk","parallel_reason":"SECRET reason"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"93c2087845725cb94ba1a96e07128581c415f7b27b2879f2cdf8b888d549ee95"}
            """#
        ),
        (
            MitigationEnded(of: 3, .noEffect, result: "SECRET result"),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"mitigation_ended","text":"SECRET text of mitigationEnded","data":{"of":3,"state":"no_effect","result":"SECRET result"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"f4e621eb2efe2d06d06bdb287fd36c3bd56f990b980ada21b4bfa72af9142ae2"}
            """#
        ),
        (
            RollbackRequested(
                Rollback(to: "SECRET 2.13.4", .forwardFix, reason: "SECRET reason"),
                Mitigation.Plan(action: "SECRET action"), owner: nil, parallelReason: nil, dueAt: noon,
                steps: [.zero, .seconds(300)], approved: true, overrides: true),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"rollback_requested","text":"SECRET text of rollbackRequested","data":{"database":"forward_fix","due_at":"2026-01-15T10:03:00.000Z","steps_seconds":[0,300],"approved":true,"override":true,"known_good":"SECRET 2.13.4","action":"SECRET action","reason":"SECRET reason"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"c73609acb0ca89be815eee9c5330f86c84857d6f87c0e08be922b4b81867d9dd"}
            """#
        ),
        (
            RollbackAnswered(of: 3, approved: false, reason: "SECRET reason"),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"rollback_answered","text":"SECRET text of rollbackAnswered","data":{"of":3,"approved":false,"reason":"SECRET reason"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"21d498bb12e733418f94260d0d8604013e7a12f73809d0e6c879e094b72a1e95"}
            """#
        ),
        (
            RoleAssigned(
                .commander, Person("@Bob"), previous: nil, contact: nil, shift: .seconds(14_400)),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"role_assigned","text":"SECRET text of roleAssigned","data":{"role":"commander","person":"@Bob","previous":null,"shift_seconds":14400},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"c775acf9ca6da967ba45b4a3c7c14ad3ec014cba32e59805b3288dbf9cf37947"}
            """#
        ),
        (
            {
                var update = Sample.lateUpdate
                update.lint = [StoredFinding(LintFinding(.guess, 0..<6, "SECRET suggestion"))]
                update.lintForced = true
                return update
            }(),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"update_published","text":"SECRET text of updatePublished","data":{"audience":"internal","slot":"T+0","counts":false,"met_due_at":null,"late_by_seconds":null,"forced":false,"lint":[{"rule":"guess","start":0,"end":6}],"lint_forced":true,"lint_suggestions":["SECRET suggestion"]},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"0471f62130a2ba0fb70500f3c957f15d399c6eb81eb358785419474bc9cabc31"}
            """#
        ),
    ]
}
