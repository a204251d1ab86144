/// The bytes of `GoldenTests`, in format number 1. Read the comment there before you change one.
enum Golden {
    static let bareIncident = #"""
        {"id":"01KF0Q2XG00000000000000000","ref":"INC-1","version":1,"title":"SECRET","public_title":null,"status":"investigating","severity":"minor","declared_severity":"minor","reviewed_severity":null,"impact":null,"workaround":null,"restored_when":null,"next_action":null,"declared_by":"@Bob","episode":1,"roles":{"commander":null,"communicator":null,"scribe":null,"technical_lead":null,"rollback_approver":null,"rollback_backup":null},"cadence":{"interval_seconds":60,"last_update_at":null,"next_update_due_at":"2026-01-15T10:03:00.001Z","nags_sent":0,"breached":false,"snoozed_until":null,"decision_due_at":null},"freeze":null,"watch":null,"mitigation":null,"duplicate_of":null,"times":{"started_at":null,"detected_at":null,"declared_at":"2026-01-15T10:03:00.000Z","mitigated_at":null,"monitoring_at":null,"restored_at":null,"resolved_at":null,"cancelled_at":null},"labels":{},"links":[],"channel":null,"suspects":[],"todos":[],"scope":null,"users_affected":null,"security":false,"confidential":false}
        """#
    static let fullIncident = #"""
        {"id":"01KF0Q2XG00000000000000000","ref":"INC-42","version":6,"title":"SECRET title","public_title":null,"status":"resolved","severity":"major","declared_severity":"major","reviewed_severity":"minor","impact":"SECRET impact","workaround":"SECRET workaround","restored_when":"SECRET restored","next_action":{"text":"SECRET action","owner":null},"declared_by":"@Bob","episode":1,"roles":{"commander":{"person":"alice","contact":"tel:SECRET","since":"2026-01-15T10:03:00.000Z"},"communicator":null,"scribe":{"person":"@Dora","contact":null,"since":"2026-01-15T10:03:00.000Z"},"technical_lead":null,"rollback_approver":null,"rollback_backup":null},"cadence":{"interval_seconds":900,"last_update_at":"2026-01-15T10:02:55.000Z","next_update_due_at":null,"nags_sent":1,"breached":true,"snoozed_until":null,"decision_due_at":null},"freeze":null,"watch":null,"mitigation":null,"duplicate_of":null,"times":{"started_at":"2026-01-15T10:02:00.000Z","detected_at":"2026-01-15T10:03:00.000Z","declared_at":"2026-01-15T10:03:00.000Z","mitigated_at":"2026-01-15T10:03:00.000Z","monitoring_at":"2026-01-15T10:03:00.000Z","restored_at":"2026-01-15T10:03:00.000Z","resolved_at":"2026-01-15T10:03:00.000Z","cancelled_at":null},"labels":{"service":"SECRET"},"links":[{"url":"https://SECRET","title":null}],"channel":"SECRET channel","suspects":[],"todos":[],"scope":null,"users_affected":null,"security":false,"confidential":false}
        """#
    static let cadence = #"""
        {"interval_seconds":900,"last_update_at":"2026-01-15T10:02:55.000Z","next_update_due_at":null,"nags_sent":1,"breached":true,"snoozed_until":null,"decision_due_at":null}
        """#
    static let deadlines = #"""
        [{"due_at":"2026-01-15T10:08:00.000Z","met_at":"2026-01-15T10:02:55.000Z","late_by_seconds":61,"nags":0},{"due_at":"2026-01-15T10:08:00.000Z","met_at":null,"late_by_seconds":null,"nags":1}]
        """#
    static let update = #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"update_published","text":"SECRET text of updatePublished","data":{"audience":"public","slot":"T+15","counts":true,"met_due_at":"2026-01-15T10:03:00.000Z","late_by_seconds":61,"interval_seconds":900,"due_at":"2026-01-15T10:08:00.000Z","nag_steps_seconds":[0,300,600],"nag_max":12,"due_soon_at":"2026-01-15T10:06:00.000Z","promised_at":"2026-01-15T10:14:40.000Z","basis_seq":3,"eta_basis":2,"template":"update","forced":true,"claimed_at":"2026-01-15T10:03:09.000Z"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":{"system":"slack","ref":"C9/1","url":"https://slack.test"},"hash":"8eb7c66acd73b6dcfb1aa038dd3c45087988226e751ed60e55becbbd3e5b9f03","slot":"T+15","late_by_seconds":61,"next_update_due_at":"2026-01-15T10:08:00.000Z","lint":[]}
        """#
    static let lateUpdate = #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"update_published","text":"SECRET text of updatePublished","data":{"audience":"internal","slot":"T+0","counts":false,"met_due_at":null,"late_by_seconds":null,"forced":false},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"31be7a6f35bdde2fc62d493a68a888c4b4e0cce739ded65b308bfb49b5ec5d63","slot":"T+0","late_by_seconds":null,"next_update_due_at":null,"lint":[]}
        """#
    static let entries = [
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"declared","text":"SECRET text of declared","data":{"number":42,"severity":"major","started_at":"2026-01-15T09:53:00.000Z","detected_at":"2026-01-15T10:02:59.999Z","roles":{"commander":"alice","scribe":"@Dora"},"interval_seconds":900,"due_at":"2026-01-15T10:08:00.000Z","nag_steps_seconds":[0,300,600],"nag_max":12,"due_soon_at":"2026-01-15T10:06:00.000Z","decision_due_at":"2026-01-15T11:03:00.000Z","no_progress_seconds":1800,"title":"SECRET title \u2028 \"q\" \\ 🥁","impact":"SECRET impact","workaround":"SECRET workaround\nsecond line \u001b[31mred","restored_when":"SECRET restored","next_action":{"text":"SECRET action","owner":"SECRET owner"},"channel":"slack:SECRET","labels":{"a":"SECRET \"q\"","service":"SECRET","ü":"SECRET"},"links":[{"url":"https://SECRET","title":"SECRET"},{"url":"https://SECRET/2","title":null}],"contacts":{"commander":"tel:SECRET"}},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"99882db4fbc2bbf3cd311e35212de43f9382c69b014f7e39ce8dcfbcfa9a0722"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"declared","text":"SECRET text of declared","data":{"number":1,"severity":"minor","interval_seconds":60,"due_at":"2026-01-15T10:03:00.001Z","nag_steps_seconds":[30],"nag_max":1,"title":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"41e0ac76de220e17a8b3f2ed81377ef38c8c3174186ec6ac40137fefc13a10f6"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"edited","text":"SECRET text of edited","data":{"fields":["title","impact","workaround","restored_when","next_action","started_at","detected_at","channel","reviewed_severity","labels","links"],"started_at":"2026-01-15T10:02:00.000Z","detected_at":"2026-01-15T10:03:00.000Z","reviewed_severity":"minor","title":"SECRET title","impact":"SECRET impact","workaround":"SECRET workaround","restored_when":"SECRET restored","next_action":{"text":"SECRET action","owner":null},"channel":"SECRET channel","links":[{"url":"https://SECRET","title":null}],"labels":{"gone":null,"service":"SECRET"}},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"a3ad8b8d0909fa867c6f587ef3d49fc6ff0030cf40fbd7a838385fc67cd1c2ed"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"edited","text":"SECRET text of edited","data":{"fields":["impact","workaround","restored_when","next_action","started_at","detected_at","channel","reviewed_severity","links"],"started_at":null,"detected_at":null,"reviewed_severity":null,"impact":null,"workaround":null,"restored_when":null,"next_action":null,"channel":null,"links":[]},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"385fffaf10930e6b436572559ccd25242a4eb69b712c578eb517773353bce749"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"status_changed","text":"SECRET text of statusChanged","data":{"from":"investigating","to":"mitigating","reason":"SECRET reason"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"77329ac17a6f01f69f9d8d3a3e820409b6fda6bda2d5242cbfa60586f301022a"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"status_changed","text":"SECRET text of statusChanged","data":{"from":"monitoring","to":"investigating"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"ede176eed7f46d5f9fe1e6b0e571b362f92969b95989e3e690903b8dc61f597c"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"severity_raised","text":"SECRET text of severityRaised","data":{"from":"minor","to":"critical","interval_seconds":900,"due_at":"2026-01-15T10:08:00.000Z","nag_steps_seconds":[0,300,600],"nag_max":12,"due_soon_at":"2026-01-15T10:06:00.000Z","reason":"SECRET reason"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"2df36f7272089828cc4439efc1ec759d67633604c17090a5cd740dff37af49c4"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"severity_raised","text":"SECRET text of severityRaised","data":{"from":"major","to":"critical","interval_seconds":60,"due_at":"2026-01-15T10:03:00.001Z","nag_steps_seconds":[30],"nag_max":1},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"2d7203ea0e5d25edfd5960927d9790160fb5575e1d5c3c9b9f05cfd1203daf42"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"severity_disputed","text":"SECRET text of severityDisputed","data":{"current":"major","claims":"minor","reason":"SECRET reason"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"39c367480a28f1d552e70113474e887208ff4f877a96630f6bf1670e6d2bd457"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"role_assigned","text":"SECRET text of roleAssigned","data":{"role":"communicator","person":"@Bob","previous":"eve","contact":"tel:SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"d56032b09fe7249acbece64230cf7985834caf3457d236175aba98de8921b52e"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"role_assigned","text":"SECRET text of roleAssigned","data":{"role":"technical_lead","person":"é \"quoted\" \\ 🥁","previous":null},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"0a72071a0fe16eae0b973cd0178037293d45d7d9f75fe9de0fb585a611f508dc"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"role_released","text":"SECRET text of roleReleased","data":{"role":"rollback_backup","previous":"eve"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"ff101c5f9302e5d19bb8e98b2ddb8a94f6155c2a8fa9a3e531d63a42e5d9e266"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"update_published","text":"SECRET text of updatePublished","data":{"audience":"public","slot":"T+15","counts":true,"met_due_at":"2026-01-15T10:03:00.000Z","late_by_seconds":61,"interval_seconds":900,"due_at":"2026-01-15T10:08:00.000Z","nag_steps_seconds":[0,300,600],"nag_max":12,"due_soon_at":"2026-01-15T10:06:00.000Z","promised_at":"2026-01-15T10:14:40.000Z","basis_seq":3,"eta_basis":2,"template":"update","forced":true,"claimed_at":"2026-01-15T10:03:09.000Z"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"d39a26272e69b4b5eeaeec375f8d5de0af1ef3447c47d9297cd86b66af99067b"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"update_published","text":"SECRET text of updatePublished","data":{"audience":"internal","slot":"T+0","counts":false,"met_due_at":null,"late_by_seconds":null,"forced":false},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"31be7a6f35bdde2fc62d493a68a888c4b4e0cce739ded65b308bfb49b5ec5d63"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"nag_sent","text":"SECRET text of nagSent","data":{"about":"update","due_at":"2026-01-15T10:03:00.000Z","number":3,"to":[{"role":"communicator","person":"@Bob"},{"role":"declarer","person":"eve"}],"breached":true},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"bec05541b19c7da4dc3dc8e3af1155fd91b695f0fc6c61baf85f411b76984efe"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"nag_sent","text":"SECRET text of nagSent","data":{"about":"update","due_at":"2026-01-15T10:03:00.000Z","number":1,"to":[],"breached":false},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"37bf3430b9d9bec03aefd0fadfa9f3365ffd9af56faf18e99723568c9aebf28c"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"resolved","text":"SECRET text of resolved","data":{"from":"mitigating","override":true,"reason":"SECRET reason"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"bb675dc348a4e81a25c02458f364077fa16e152d54bc8275200476ba51f8f69f"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"resolved","text":"SECRET text of resolved","data":{"from":"monitoring","override":false},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"0a253bf3482c9abe2c0f60676f695d12becfd0baa4e62abaece7ea9947e175ed"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"cancelled","text":"SECRET text of cancelled","data":{"from":"investigating","reason":"false_alarm"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"093e8e20b9d1552bd26358a61e7b555baadd0c60a67f913f0f06b834313e6650"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"cancelled","text":"SECRET text of cancelled","data":{"from":"mitigating","reason":"duplicate","duplicate_of":"INC-7"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"9ada8617a181174b3aa52e2b4c9c6bf262306dc7d902a6cfc9f4d295fc78aa11"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"reopened","text":"SECRET text of reopened","data":{"from":"resolved","episode":2,"interval_seconds":900,"due_at":"2026-01-15T10:08:00.000Z","nag_steps_seconds":[0,300,600],"nag_max":12,"due_soon_at":"2026-01-15T10:06:00.000Z","decision_due_at":"2026-01-15T11:03:00.000Z","no_progress_seconds":1800,"reason":"SECRET reason"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"9019a3ed5430b2363d4015d6cd664d823d070579be023411c8ee5092df75d9fc"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"reopened","text":"SECRET text of reopened","data":{"from":"cancelled","episode":12,"interval_seconds":60,"due_at":"2026-01-15T10:03:00.001Z","nag_steps_seconds":[30],"nag_max":1},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"35e52b73b28e626b19c4f78cb5a74d54b1da14bd70cfee4bcd8e53b937d3161e"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"nag_sent","text":"SECRET text of nagSent","data":{"about":"decision","due_at":"2026-01-15T10:03:00.000Z","number":12,"to":[{"role":"commander","person":"alice"}],"breached":false},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"9eaadb19d0af544dba71179680d780251b029d7d725eec774ade529a299e686f"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"nag_sent","text":"SECRET text of nagSent","data":{"about":"no_progress","due_at":"2026-01-15T10:03:00.000Z","number":1,"to":[],"breached":false},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"d9e5b50ccc4d694e342d134b562ab6ed1f750aafb45de07185bb391fc7969233"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"nag_snoozed","text":"SECRET text of nagSnoozed","data":{"minutes":10,"snoozed_until":"2026-01-15T10:13:00.000Z","number":2,"reason":"SECRET reason"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"ac5f9a1546a2013551d95e9cd4e6cb4c3a9af87e9bd0e9c9ca47bbfe0618afd6"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"nag_snoozed","text":"SECRET text of nagSnoozed","data":{"minutes":1,"snoozed_until":"2026-01-15T10:04:00.000Z","reason":"SECRET reason"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"58fd74ee1ed3a5ad200455640a9490725467c83aafff8cbb7210a3972e240cd8"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"cadence_changed","text":"SECRET text of cadenceChanged","data":{"previous_interval_seconds":1800,"interval_seconds":900,"due_at":"2026-01-15T10:08:00.000Z","nag_steps_seconds":[0,300,600],"nag_max":12,"due_soon_at":"2026-01-15T10:06:00.000Z","reason":"SECRET reason"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"a550fd4c141b682e7adca3b9e6d1ca0fdd9ba59cb4b7c6f01cef89c1cbc63dd7"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"cadence_changed","text":"SECRET text of cadenceChanged","data":{"previous_interval_seconds":900,"interval_seconds":3600,"reason":"SECRET reason"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"bee2050f1f64d50a7f85eeaea24e6d36c779e88b3361dec9eaf28d8ffe043faa"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"cadence_changed","text":"SECRET text of cadenceChanged","data":{"previous_interval_seconds":900,"interval_seconds":60},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"e2542d5ca682bcc013dc93aed8b8d42762d3e8b6a934dabc2e4674a9fe237819"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"escalated","text":"SECRET text of escalated","data":{"to":"the CTO","decision_due_at":"2026-01-15T11:03:00.000Z","reason":"SECRET reason"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"4e9a852c31c1a9d702fc7b07476c709a37742176f0d08895b4d29c617ddaafba"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"note","text":"SECRET text of note","data":{"graph":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"3f6db6e4e9500cb44946be89b50f0de6b60c4c31a3faacefd9181eec85b048fd"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"finding","text":"SECRET text of finding","data":{"confirmed":true,"graph":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"005d173f395cd9a7e043c4dd7e443eb59a35bdb13a2da76764b94942fb5c4e6c"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"finding","text":"SECRET text of finding","data":{"confirmed":false,"graph":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"d8e8923d9850cd1d75cca2c149df789476e653d707bec5f6256f422d04654289"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"hypothesis","text":"SECRET text of hypothesis","data":{"state":"ruled_out","graph":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"b66013e613544ceb090853b1e7267052377ee6796ba9b97e4e2f7418f7f01ec7"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"hypothesis","text":"SECRET text of hypothesis","data":{"state":"open","graph":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"3799a6604aa30081a9224648ea13b3c1f752d9c69b4b8ebded24efa705ee109d"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"hypothesis","text":"SECRET text of hypothesis","data":{"state":"confirmed","graph":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"6018cd5ea926f8de6ed54e2ddff7fb765b09ae158e836081ca071ddfe8685a53"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"change","text":"SECRET text of change","data":{"complete":true,"graph":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"83025bd91801f02923346780aae24d939af7e6c8ff355bc025e9f5aa2739114a"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"change","text":"SECRET text of change","data":{"complete":false,"graph":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"0ab5c09e8e24eb0a35814dc0bedd287481f7b49758e997d23646dfae5c05c662"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"decision","text":"SECRET text of decision","data":{"graph":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"8a6efaef0795b7af0a5bf47105248b31b971eb5412b7d6fca8aefb3e5b41a99b"}
        """#,
        #"""
        {"seq":4,"position":11,"id":"01HZX411","incident":"INC-42","kind":"todo","text":"SECRET text of todo","data":{"graph":"SECRET"},"author":"@Bob","posted_by":"slackbot","occurred_at":"2026-01-15T10:02:55.000Z","recorded_at":"2026-01-15T10:03:00.000Z","late":false,"visibility":"public","source":null,"hash":"f6f0260d7b4a52acf52055a47a53a58d40ff7c74a7ef1126a64f0dbe485b494a"}
        """#,
    ]
}
