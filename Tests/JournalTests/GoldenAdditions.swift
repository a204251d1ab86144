import Incidents
import Model

/// The bytes of kinds that came after the recording of `Golden`.
extension Golden {
    static let added: [(any EntryPayload<Incident>, String)] = [
        (
            Linked(7, .duplicate),
            #"""
            {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"linked","text":"SECRET text of linked","data":{"ref":"INC-7","relation":"duplicate"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"c79aaa5e48e19dadfb23861ba4c4f765953612020b418ac891b83e2cdc92a5d1"}
            """#
        )
    ]
}
