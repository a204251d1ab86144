import Incidents
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
    ]
}
