import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// What a Prometheus beside the service sees, judged by Prometheus' own tools.
    @Suite(.serialized) struct MetricsTests {
        private let service: Drumbeat

        init() throws {
            service = try Drumbeat([
                "DRUMBEAT_FIRST_UPDATE": "1s", "DRUMBEAT_NAG_STEPS": "0s,900s",
                "DRUMBEAT_WEBHOOK_ALLOW": "127.0.0.0/8",
            ])
        }

        private func page() throws -> String {
            let open = try #require(Caller(service.address, token: nil))
            let answer = try #require(open.get("/metrics"))
            try #require(answer.status == 200, "\(answer.text)")
            return answer.text
        }

        @Test
        func
            `a scrape of a service in use passes promtool, another parser reads it, and the figures are right`()
            throws
        {
            try service.start()
            let receiver = try Receiver.accepting()
            let caller = try service.caller()
            _ = caller.post("/v1/webhooks", #"{"url": "\#(receiver.url())", "events": ["update.*"]}"#)
            let incident = try service.declare()
            for number in 1...3 {
                let text = #"{"text": "\#(number)"}"#
                try #require(caller.post("/v1/incidents/\(incident)/timeline", text)?.status == 201)
            }
            #expect(
                caller.put("/v1/incidents/\(incident)/severity", #"{"severity": "minor"}"#)?.status == 409)
            #expect(Caller(service.address, token: nil)?.get("/v1/incidents")?.status == 401)
            try #require(receiver.next(within: .seconds(15)) != nil, "no nag arrived: \(service.log)")
            let update = #"{"audience": "internal", "text": "We are on it."}"#
            #expect(caller.post("/v1/incidents/\(incident)/status-updates", update)?.status == 201)
            let isCounted = try becomes {
                let page = try page()
                return page.contains("drumbeat_webhook_deliveries_total{result=\"delivered\"} 2\n")
                    && page.contains("drumbeat_updates_overdue 0\n")
                    && page.contains("drumbeat_outbox_pending 0\n")
            }
            let text = try page()
            #expect(isCounted, "\(text)")

            let check = try Child.run(["promtool", "check", "metrics"], in: "/tmp", input: text)
            #expect(check.ending == .exited(0), "\(check.output)\(check.errors)")
            #expect(check.output.isEmpty && check.errors.isEmpty, "\(check.output)\(check.errors)")

            let (samples, objections) = try Python.samples(of: text)
            #expect(objections.isEmpty)
            let expected: [String: Double] = [
                "drumbeat_incidents_open{severity=major}": 1, "drumbeat_incidents_breached{}": 0,
                "drumbeat_incidents_declared_total{severity=major}": 1,
                "drumbeat_nags_sent_total{about=update}": 1, "drumbeat_nag_lateness_seconds_count{}": 1,
                "drumbeat_nag_lateness_seconds_bucket{le=2.5}": 1,
                "drumbeat_updates_published_total{severity=major}": 1,
                "drumbeat_update_lateness_seconds_count{severity=major}": 1,
                "drumbeat_http_requests_total{method=POST,route=/v1/incidents/{ref}/timeline,code=201}": 3,
                "drumbeat_http_requests_total{method=PUT,route=/v1/incidents/{ref}/severity,code=409}": 1,
                "drumbeat_http_request_duration_seconds_count{method=POST,route=/v1/incidents}": 1,
                "drumbeat_http_heads_refused_total{problem=unauthorized}": 1,
                "drumbeat_authentication_failures_total{reason=missing}": 1,
                "drumbeat_lane_orders_refused_total{}": 1, "drumbeat_lane_waiting{line=urgent}": 0,
                "drumbeat_webhook_attempt_duration_seconds_count{}": 2,
                "drumbeat_store_state{state=ok}": 1, "drumbeat_store_state{state=broken}": 0,
                "drumbeat_streams{}": 0,
            ]
            for (name, value) in expected { #expect(samples[name] == value, "\(name)") }
            let syncs = try #require(samples["drumbeat_lane_syncs_total{}"])
            #expect(syncs >= 9 && syncs == samples["drumbeat_lane_commit_duration_seconds_count{}"])
            #expect(try #require(samples["process_cpu_seconds_total{}"]) > 0)
            #expect(try #require(samples["process_open_fds{}"]) > 5)
            let tick = try #require(samples["drumbeat_scheduler_last_tick_timestamp_seconds{}"])
            #expect(abs(tick - Double(time(nil))) < 5)
        }

        @Test func `the page for people names every family of a scrape, with its kind, and no other`() throws
        {
            try service.start()
            let lines = try page().split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
            let scraped = lines.map { line in
                let words = line.split(separator: " ")
                return "\(words[2]) \(words[3])"
            }
            #expect(scraped.count > 30 && Set(scraped).count == scraped.count)
            let rows = try text(of: repository + "/docs/metrics.md").split(separator: "\n").filter {
                $0.hasPrefix("| `")
            }
            let written = rows.map { row in
                let cells = row.split(separator: "|", omittingEmptySubsequences: false).map {
                    $0.split(separator: " ").joined(separator: " ")
                }
                return "\(cells[1].filter { $0 != "`" }) \(cells[2])"
            }
            #expect(written == scraped)
        }

        @Test func `metrics and readiness answer while another program holds the store, and say so`() throws {
            try service.start()
            let incident = try service.declare()
            let locker = try Python.lock(service.database)
            let began = ContinuousClock.now
            let parked = try #require(PlainConnection(port: try service.caller().port))
            defer { parked.close() }
            let body = #"{"text": "waits for the store"}"#
            let head = try service.caller().head(
                "POST", "/v1/incidents/\(incident)/timeline", body.utf8.count)
            #expect(parked.write(head + body))
            // The lane hangs in the lock now, for two seconds.
            #expect(try page().contains("drumbeat_store_state{"))
            #expect(try service.caller().get("/readyz") != nil)
            #expect(ContinuousClock.now - began < .milliseconds(1_900))
            #expect(parked.answer(toHead: false)?.status == 503)
            #expect(try becomes { try page().contains("drumbeat_store_state{state=\"refusing\"} 1\n") })
            let checks = try service.caller().get("/readyz")
            #expect(checks?.status == 503)
            #expect(checks?.json?["checks"]?["store"]?["status"]?.text == "refusing")

            service.settings["DRUMBEAT_LISTEN"] = service.address
            let sick = try service.command("healthcheck")
            #expect(sick.ending == .exited(1))
            #expect(sick.errors.contains("  store: refusing. The store accepts no writes"), "\(sick.errors)")
            service.settings["DRUMBEAT_ADMIN_TOKEN_FILE"] = nil
            let stranger = try service.command("healthcheck")
            #expect(stranger.ending == .exited(1))
            #expect(stranger.errors.contains("see the log of the service"), "\(stranger.errors)")
            locker.closeInput()
            #expect(locker.wait() == .exited(0))
            #expect(try becomes { try service.command("healthcheck").ending == .exited(0) })
        }

        @Test func `on its way out it is not ready, and says that it drains`() throws {
            try service.start()
            let caller = try service.caller()
            let connection = try #require(PlainConnection(port: caller.port))
            defer { connection.close() }
            // A request that has begun is waited for; its last line end (one Character) comes when the end has begun.
            let head = caller.head("GET", "/readyz", nil)
            #expect(connection.write(String(head.dropLast(1))))
            #expect(caller.get("/readyz")?.status == 200)
            let child = try #require(service.child)
            child.signal(SIGTERM)
            try #require(child.errors.line { $0.contains("service.stopping") } != nil)
            #expect(connection.write("\r\n"))
            let answer = connection.answer(toHead: false)
            #expect(answer?.status == 503)
            #expect(
                answer?.json?["checks"]?["service"]?["status"]?.text == "draining", "\(answer?.text ?? "-")")
            #expect(child.wait() == .exited(0))
        }

        @Test func `the alert rules are what promtool accepts, and fire when they should and only then`()
            throws
        {
            let rules = try Child.run(
                ["promtool", "check", "rules", "docs/alerts.yml"], in: repository)
            #expect(rules.ending == .exited(0), "\(rules.output)\(rules.errors)")
            let tests = try Child.run(
                ["promtool", "test", "rules", "Tests/alerts.test.yml"], in: repository)
            #expect(tests.ending == .exited(0), "\(tests.output)\(tests.errors)")
        }

        @Test func `the alert rules ask for nothing that is not exposed`() throws {
            try service.start()
            let known = Set(
                try page().split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map {
                    String($0.split(separator: " ")[2])
                })
            let rules = try text(of: repository + "/docs/alerts.yml")
            let asked = rules.matches(of: #/\b(?:drumbeat|process)_[a-z_]+\b/#).map { String($0.0) }
            #expect(asked.count > 12)
            for name in asked {
                let family = name.replacing(#/_(?:count|sum|bucket)$/#, with: "")
                #expect(known.contains(name) || known.contains(family), "\(name)")
            }
        }
    }
}
