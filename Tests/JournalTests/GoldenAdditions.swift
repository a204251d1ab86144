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
