#!/usr/bin/env python3
"""Records what a Drumbeat binary writes and answers, as text files that RecordedTests read from then on.

    python3 -B Tests/RecordedTests/record.py --binary PATH

It starts the binary over a database of its own with intervals of seconds, makes every kind of entry in every variant over HTTP, and takes
down the rows, the answers, the stream and the webhooks. Run it by hand, with a binary whose bytes are to stay as they are: a recording of
the code under test would prove nothing. It takes about a minute."""

import argparse
import hashlib
import http.client
import http.server
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable
from urllib.parse import quote

JOURNAL = Path(__file__).resolve().parent / "journal"

# Intervals short enough to be nagged about everything at once. A snooze takes a minute at least, so major keeps two of them.
SETTINGS = {
    "FIRST_UPDATE_MINOR": "1s", "INTERVAL_MINOR": "1s",
    "FIRST_UPDATE_MAJOR": "3s", "INTERVAL_MAJOR": "2m",
    "FIRST_UPDATE_CRITICAL": "90s", "INTERVAL_CRITICAL": "90s",
    "NAG_STEPS": "0s,1s,2s", "NAG_MAX": "3", "DUE_SOON": "2s", "DECISION_AFTER": "6s", "NO_PROGRESS": "4s",
    "PUBLIC_URL": "https://drumbeat.example",
}

# What is written down of an answer beside status and body.
FIELDS = ["Content-Type", "ETag", "Cache-Control", "Vary", "Link", "Location"]

# How many bodies of one type and kind are written out; of the others the digest says as much.
WHOLE_BODIES = 1

ODD = 'Ünïcode 🥁 "quoted" \\ back / slash \u2028\u2029 e\u0301 \u202e'
CONTROLS = "two\nlines\ttab \u0001\u001b[31mred\u007f\u0085\r\nend\n"


class Receiver(http.server.ThreadingHTTPServer):
    """Takes every webhook and keeps its body by `webhook-id`."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        bodies = self.bodies

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                bodies[self.headers["webhook-id"]] = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Service:
    """The binary, its database and its tokens."""

    def __init__(self, binary: Path, folder: Path) -> None:
        self.binary, self.folder = binary, folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.tokens: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.writes: list[dict[str, Any]] = []

    def start(self) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("DRUMBEAT_")}
        environment |= {f"DRUMBEAT_{key}": value for key, value in SETTINGS.items()}
        environment |= {
            "DRUMBEAT_LISTEN": f"127.0.0.1:{self.port}", "DRUMBEAT_DATABASE": "sqlite:recorded.db",
            "DRUMBEAT_ADMIN_TOKEN_FILE": "token", "DRUMBEAT_WEBHOOK_ALLOW": "127.0.0.0/8", "DRUMBEAT_LOG_LEVEL": "warning",
        }
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [str(self.binary), "serve"], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait("the service answers", lambda: self.process.poll() is not None or self.is_ready())
        if self.process.poll() is not None:
            sys.exit((self.folder / "log").read_text())
        self.tokens["admin"] = (self.folder / "token").read_text().split()[0]

    def is_ready(self) -> bool:
        try:
            return self.ask("GET", "/readyz", token=None)[0] == 200
        except OSError:
            return False

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0, "the service ended badly"

    def ask(self, method: str, target: str, body: bytes | None = None, token: str | None = "admin",
            fields: dict[str, str] | None = None) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        fields = dict(fields or {})
        if token:
            fields["Authorization"] = f"Bearer {self.tokens[token]}"
        if body is not None:
            fields["Content-Type"] = "application/json"
        connection.request(method, target, body, fields)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, {name: answer.headers[name] for name in FIELDS if name in answer.headers}, text

    def write(self, method: str, target: str, body: Any = None, token: str = "admin") -> Any:
        """Makes a write under a key of its own, takes it down, and answers with its JSON."""
        # A number between « and » goes out as it stands, not as Python would write it.
        sent = None if body is None else re.sub('"«([^»]*)»"', r"\1", json.dumps(body, ensure_ascii=False)).encode()
        key = f"recorded-{len(self.writes) + 1}"
        status, fields, text = self.ask(method, target, sent, token, {"Idempotency-Key": key})
        if not 200 <= status < 300:
            sys.exit(f"{method} {target} {sent!r}: {status} {text}")
        self.writes.append({"method": method, "target": target, "token": token, "key": key,
                            "sent": None if sent is None else sent.decode(), "status": status, "fields": fields, "body": text})
        return json.loads(text or "null")

    def rows(self, sql: str) -> list[dict[str, Any]]:
        connection = sqlite3.connect(f"file:{self.folder}/recorded.db?mode=ro", uri=True, timeout=10)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(sql)]
        finally:
            connection.close()

    def head(self) -> int:
        return int(self.rows("SELECT COALESCE(MAX(position), 0) AS head FROM entries")[0]["head"])


def wait(what: str, is_so: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            sys.exit(f"waited in vain: {what}")
        time.sleep(0.02)


def moment(seconds: float) -> str:
    """A time that many seconds from now."""
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Story:
    """Everything that makes entries."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.write = service.write

    def declare(self, **members: Any) -> str:
        incident = self.write("POST", "/v1/incidents", members)
        return f"/v1/incidents/{incident['ref']}"

    def wait_for(self, path: str, kind: str, count: int, **facts: Any) -> None:
        """Waits until the service has written that many entries of a kind."""
        def is_there() -> bool:
            items = json.loads(self.service.ask("GET", f"{path}/timeline?kind={kind}&limit=200")[2])["items"]
            return sum(all(item["data"].get(name) == value for name, value in facts.items()) for item in items) >= count
        wait(f"{count} {kind} {facts} in {path}", is_there)

    def tell(self) -> None:
        # What the service says by itself takes some seconds, so these begin first.
        alone = self.declare(title="x", severity="minor")
        asked = self.declare(
            title="Everybody is asked in turn", severity="major", author="alice", impact="Some users", labels={"service": "web"},
            roles={"commander": "alice", "communicator": "bob", "technical_lead": {"person": "carol", "contact": "tel:+1-555-0100"}})
        snoozed = self.declare(title="Snoozed early", severity="major", author="@Dora")
        self.write("POST", snoozed + "/cadence/snoozes", {"minutes": 1, "reason": ODD})
        self.write("POST", snoozed + "/cadence/snoozes", {"minutes": 2, "reason": "again", "author": "bob"}, "slackbot")

        self.old()
        full = self.full()
        self.people_write(full)
        self.edits(full)
        self.roles(full)
        self.updates(full)
        self.severities()
        self.ends()
        self.limits()
        self.nagged(alone, asked)

    def full(self) -> str:
        return self.declare(
            title=ODD[:60], severity="critical", author="@Zoë", impact="Many users\ncannot sign in " + CONTROLS, workaround="",
            restored_when="Signing in works for everybody", next_action={"text": "Roll back\nthen look", "owner": "carol"},
            started_at=moment(-600), detected_at=moment(300), channel="slack:#incident é",
            labels={"service": "web", "a": 'quoted "q" \\', "ü": "", "zone": "eu"},
            links=[{"url": "https://status.example/é", "title": "Status 🥁"}, {"url": "https://wiki.example"},
                   {"url": "https://null.example", "title": None}],
            roles={"commander": {"person": "@Zoë", "contact": "tel:+1-555-0101"}, "communicator": "@Zoë", "scribe": "dora",
                   "technical_lead": {"person": "carol", "contact": None}, "rollback_approver": {"person": "eve", "contact": ""},
                   "rollback_backup": "frank"})

    def people_write(self, path: str) -> None:
        timeline = path + "/timeline"
        facts: dict[str, list[dict[str, Any]]] = {
            "note": [{}], "finding": [{"confirmed": True}, {"confirmed": False}],
            "hypothesis": [{"state": "open"}, {"state": "confirmed"}, {"state": "ruled_out"}],
            "change": [{"complete": True}, {"complete": False}], "decision": [{}], "todo": [{}]}
        nested = {"graph": {"é": [1, "«-0»", "«1.50»", "«1E+2»", "«1e300»", "«12345678901234567890»", True, None, [], {}]}, "text": CONTROLS, "": "no name"}
        for kind, each in facts.items():
            for index, data in enumerate(each):
                words = f"{kind} {index}: {ODD}"
                self.write("POST", timeline, {"kind": kind, "text": words, "data": data or None, "author": "@Bob"}, "slackbot")
                self.write("POST", timeline, {
                    "kind": kind, "text": words + CONTROLS, "data": {**nested, **data}, "visibility": "public",
                    "occurred_at": moment(-1_000), "source": {"system": "slack é", "ref": f"{kind}/{index}", "url": "https://slack.example/1"}})
            self.write("POST", timeline, {"kind": kind, "text": f"{kind} with nothing else"}, "commander")
            self.write("POST", timeline, {
                "kind": kind, "text": f"{kind} from a clock ahead", "occurred_at": moment(240), "visibility": "internal",
                "source": {"system": "mail", "ref": kind}})
        self.write("POST", timeline, {"text": "again", "source": {"system": "mail", "ref": "note"}, "data": {"n": 1}})
        self.write("POST", timeline, {"text": "a message that came twice", "source": {"system": "mail", "ref": "note"}})

    def edits(self, path: str) -> None:
        def edit(**members: Any) -> None:
            self.write("PATCH", path, members)
        edit(title="Another title")
        edit(impact=None, workaround=None, restored_when=None, next_action=None, started_at=None, detected_at=None, channel=None)
        edit(impact="", author="eve")
        edit(impact=ODD, workaround=CONTROLS, restored_when="as before", channel=" ", started_at=moment(-900), detected_at=moment(-800))
        edit(started_at=moment(120))
        edit(next_action={"text": "look at the logs"})
        edit(next_action={"owner": "carol"})
        edit(next_action={"text": "look at the graphs"})
        edit(next_action={"owner": None})
        edit(labels={"service": "api", "zone": None, "new": "1", "é": "x"})
        edit(labels={"absent": None})
        edit(links=[{"url": "https://only.example", "title": "Only"}])
        edit(links=[])
        edit(links=[{"url": "https://back.example"}])
        edit(links=None)
        edit(labels=None)
        edit(labels={"service": "web"}, title="A title and a label")
        edit(title="A title and a label")
        edit(restored_when="Signing in works", workaround="Use the phone", next_action={"text": "roll back", "owner": "dora"})

    def roles(self, path: str) -> None:
        def assign(role: str, **members: Any) -> None:
            self.write("PUT", f"{path}/roles/{role}", members)
        assign("scribe", person="eve", contact="tel:+1-555-0102")
        assign("scribe", person="eve", contact="tel:+1-555-0103")
        assign("scribe", person="@Eve")
        assign("scribe", person="@Eve", contact="")
        assign("scribe", person=ODD[:30], author="dora")
        self.write("DELETE", f"{path}/roles/scribe?author={quote('@Bob é')}")
        self.write("DELETE", f"{path}/roles/scribe")
        assign("scribe", person="frank")
        for role in ["communicator", "technical_lead", "rollback_approver", "rollback_backup"]:
            self.write("DELETE", f"{path}/roles/{role}")
            assign(role, person="grace", contact=f"mail:{role}")
        assign("commander", person="alice")

    def updates(self, path: str) -> None:
        def publish(**members: Any) -> dict[str, Any]:
            return self.write("POST", path + "/status-updates", members)
        first = publish(text="We look into it. " + ODD)
        publish(text="For the team\n" + CONTROLS, audience="internal", author="@Bob")
        publish(text="With a promise", next_update_at=moment(60), audience="public")
        publish(text="Rests on the first", basis_seq=first["seq"], eta_basis=1)
        publish(text="From a clock ahead", occurred_at=moment(200))
        publish(text="Older than the last one", occurred_at=moment(-50))
        publish(text="Older, with a promise", occurred_at=moment(-40), next_update_at=moment(-10), eta_basis=2)
        publish(text="From before the incident", occurred_at=moment(-5_000))
        publish(text="[FILL: nothing]", force=True)
        publish(text="Forced without need", force=True)
        self.write("POST", path + "/timeline", {"kind": "finding", "text": "makes a draft stale", "data": {"confirmed": True},
                                                "visibility": "public"})
        publish(text="Stale, and forced", basis_seq=2, force=True)
        for template in ["acknowledge", "update", "nothing_new", "decide", "resolution", "internal", "auto"]:
            publish(template=template, force=True)
        publish(template="nothing_new", audience="internal", next_update_at=moment(50), occurred_at=moment(-0.01), basis_seq=3, force=True)
        publish(text="It moves with a reason", status="mitigating", reason=ODD)
        publish(text="It moves without one", status="monitoring")
        publish(text="It is where it was", status="monitoring")

    def severities(self) -> None:
        for severity, raised, reason in [("major", "critical", ODD), ("minor", "sev2", None), ("p3", "p1", "skips one")]:
            path = self.declare(title=f"Rises from {severity}", severity=severity, impact="some")
            self.write("PUT", path + "/severity", {"severity": raised, **({"reason": reason} if reason else {})})
            self.write("PUT", path + "/severity", {"severity": raised})
            self.write("POST", path + "/severity/disputes", {"claims": "minor", "reason": ODD}, "slackbot")
            self.write("PUT", path + "/status", {"status": "cancelled", "reason": "false_alarm"})
            self.write("POST", path + "/severity/disputes", {"claims": "major", "reason": "after the end", "author": "eve"})

    def ends(self) -> None:
        path = self.declare(title="Ends in every way", severity="critical", author="alice", restored_when="It works")
        def move(status: str, **members: Any) -> None:
            self.write("PUT", path + "/status", {"status": status, **members})
        def publish(text: str, **members: Any) -> None:
            self.write("POST", path + "/status-updates", {"text": text, **members})
        self.write("PATCH", path + "/cadence", {"interval_seconds": 80})
        self.write("PATCH", path + "/cadence", {"interval_seconds": 70, "reason": "while everything is quiet"})
        move("mitigating", reason=ODD)
        move("mitigating")
        move("monitoring")
        move("investigating")
        move("monitoring", reason="looks good", author="bob")
        move("resolved")
        publish("The last word")
        publish("One more word")
        publish("An internal word after the end", audience="internal", occurred_at=moment(-0.2))
        move("investigating", reason=ODD)
        publish("From before this episode", occurred_at=moment(-30))
        move("resolved", override=True, reason="by override " + ODD)
        self.write("PATCH", path, {"reviewed_severity": "minor", "title": "Reviewed"})
        self.write("PATCH", path, {"reviewed_severity": None})
        self.write("PATCH", path, {"reviewed_severity": "sev1"})
        self.write("PUT", path + "/roles/scribe", {"person": "late", "contact": "mail:late"})
        self.write("POST", path + "/timeline", {"text": "a note after the end"})
        move("investigating")
        move("cancelled", reason="false_alarm")
        move("investigating")
        move("cancelled", reason="duplicate", duplicate_of="INC-1")
        move("investigating", reason="neither")
        move("mitigating")
        move("cancelled", reason="duplicate", duplicate_of="inc-2")
        move("investigating")
        move("monitoring")
        move("cancelled", reason="false_alarm")
        move("investigating")
        move("monitoring")
        publish("It is over", status="resolved", reason="with an update")
        # Reopened with a deadline so near that it is not announced.
        near = self.declare(title="Reopened under a quick beat", severity="minor")
        for body in [{"status": "cancelled", "reason": "false_alarm"}, {"status": "investigating"}, {"status": "cancelled", "reason": "false_alarm"}]:
            self.write("PUT", near + "/status", body)
        for severity, status in [("critical", "mitigating"), ("critical", None)]:
            other = self.declare(title=f"Resolved by override from {status}", severity=severity, author="eve")
            if status:
                self.write("PUT", other + "/status", {"status": status})
            self.write("PUT", other + "/status", {"status": "resolved", "override": True, "reason": "nobody is left"})

    def limits(self) -> None:
        path = self.declare(title="é" * 100, severity="critical", author="a" * 200, labels={f"label {index}": "v" * index for index in range(50)},
                            links=[{"url": f"https://host.example/{index}"} for index in range(3)])
        self.write("POST", path + "/timeline", {"text": "🥁" * (4 << 10), "source": {"system": "s" * 200, "ref": "r" * 200}})
        self.write("POST", path + "/timeline", {"text": "Much data", "data": {"bytes": "d" * ((8 << 10) - 14)}})
        self.write("PUT", path + "/roles/scribe", {"person": "p" * 200, "contact": "c" * 200})
        self.write("PUT", path + "/status", {"status": "mitigating", "reason": "r" * 1_000})
        self.write("PATCH", path, {"impact": "i" * 2_000, "labels": None})
        self.write("PUT", path + "/status", {"status": "cancelled", "reason": "false_alarm"})

    def old(self) -> None:
        """Ends within its first second; `old_copy` makes one of Drumbeat 0.1.0 of it."""
        self.pattern = self.declare(title="Begun under 0.1.0", severity="critical", author="alice")
        for body in [{"status": "resolved", "override": True, "reason": "over"}, {"status": "investigating", "reason": "not over"},
                     {"status": "cancelled", "reason": "false_alarm"}]:
            self.write("PUT", self.pattern + "/status", body)

    def nagged(self, alone: str, asked: str) -> None:
        """What is to be seen once nags have gone out."""
        self.wait_for(alone, "nag_sent", 3, about="update")
        self.wait_for(alone, "nag_sent", 1, about="no_progress")
        self.wait_for(alone, "nag_sent", 2, about="decision")
        self.wait_for(asked, "nag_sent", 3, about="update")
        self.wait_for(asked, "nag_sent", 1, about="no_progress")
        self.wait_for(asked, "nag_sent", 1, about="decision")
        cadence = asked + "/cadence"
        self.write("POST", cadence + "/snoozes", {"minutes": 1, "reason": "none is left to hold back"})
        self.write("PATCH", cadence, {"interval_seconds": 110})
        self.write("PATCH", cadence, {"interval_seconds": 100, "reason": ODD})
        self.write("PATCH", cadence, {"interval_seconds": 400, "reason": "everybody knows by now", "author": "alice"})
        self.write("PATCH", cadence, {"interval_seconds": 300})
        self.write("PATCH", cadence, {"interval_seconds": 300})
        self.write("POST", asked + "/escalations", {"to": "the CTO 🥁", "reason": ODD})
        self.write("POST", asked + "/escalations", {"to": "@Max", "reason": "again", "author": "bob"})
        self.write("POST", asked + "/status-updates", {"text": "Late, as everybody was asked"})
        self.write("POST", asked + "/cadence/snoozes", {"minutes": 2, "reason": "before the next"})
        self.write("POST", alone + "/status-updates", {"text": "Late, and late again", "audience": "internal"})
        self.wait_for(alone, "nag_sent", 6, about="update")


def chain_line(entry: dict[str, Any], incident_id: str, previous: str) -> bytes:
    """The line that is hashed, of an entry in ASCII (docs/chain.md)."""
    first = [1, incident_id, *(entry[name] for name in ("seq", "id", "kind", "author", "posted_by", "occurred_at", "recorded_at", "visibility"))]
    head = json.dumps(first, separators=(",", ":"), ensure_ascii=False)[:-1]
    return f'{head},{entry["facts"]},"{entry["words_digest"].hex()}","{previous}"]'.encode()


def old_copy(service: Service, pattern: str) -> None:
    """Adds an incident as Drumbeat 0.1.0 wrote them, without the clock of an episode. No binary of today makes one, and all read them."""
    number = int(pattern.rsplit("-", 1)[1])
    connection = sqlite3.connect(service.folder / "recorded.db", isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("BEGIN IMMEDIATE")
    row = dict(connection.execute("SELECT * FROM incidents WHERE number = ?", (number,)).fetchone())
    entries = [dict(entry) for entry in connection.execute("SELECT * FROM entries WHERE incident = ? ORDER BY seq", (number,))]
    position, new = connection.execute("SELECT (SELECT MAX(position) FROM entries), (SELECT MAX(number) FROM incidents)").fetchone()
    now = int(time.time() * 1_000)
    row |= {"number": new + 1, "id": row["id"][:-4] + "0LD1"}
    previous = "0" * 64
    for entry in entries:
        assert entry["kind"] != "nag_sent", "the pattern was nagged about"
        position += 1
        facts = json.loads(entry["facts"])
        if entry["kind"] == "declared":
            facts["number"] = new + 1
        for name in ["decision_due_at", "no_progress_seconds"]:
            facts.pop(name, None)
        entry |= {"position": position, "incident": new + 1, "id": entry["id"][:-4] + f"0LD{entry['seq']}", "recorded_at": now,
                  "occurred_at": now, "facts": json.dumps(facts, separators=(",", ":"), ensure_ascii=False)}
        previous = hashlib.sha256(chain_line(entry, row["id"], previous)).hexdigest()
        entry["hash"] = bytes.fromhex(previous)
        connection.execute(f"INSERT INTO entries ({', '.join(entry)}) VALUES ({', '.join('?' * len(entry))})", tuple(entry.values()))
    row |= {"changed_position": position, "declared_at": now, "recorded_at": now, "changed_at": now}
    connection.execute(f"INSERT INTO incidents ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
    connection.execute("COMMIT")
    connection.close()


def redact(service: Service) -> list[int]:
    """Erases words as a redaction will (there is no route for it yet); one entry of each kind that holds any."""
    connection = sqlite3.connect(service.folder / "recorded.db", isolation_level=None)
    positions = [position for (position,) in connection.execute("SELECT MAX(position) FROM entries GROUP BY kind ORDER BY 1")]
    for position in positions:
        connection.execute("UPDATE entries SET words = NULL, salt = NULL WHERE position = ?", (position,))
    connection.close()
    return positions


def answers(service: Service, phase: str) -> list[dict[str, Any]]:
    """What the service answers to every read that its journal decides."""
    taken: list[dict[str, Any]] = []

    def take(target: str, accept: str | None = None) -> str:
        fields = {"Accept": accept} if accept else {}
        while True:
            before = service.ask("GET", target, fields=fields)
            now = int(time.time() * 1_000)
            # What depends on the moment changes by whole minutes: the same before and after is the same at `now`.
            if service.ask("GET", target, fields=fields) == before:
                break
        status, kept, body = before
        assert status == 200, (target, status, body)
        taken.append({"phase": phase, "target": target, "accept": accept, "now": now, "status": status, "fields": kept, "body": body})
        return body

    if phase == "redacted":
        for row in service.rows("SELECT DISTINCT incident FROM entries WHERE words IS NULL ORDER BY 1"):
            take(f"/v1/incidents/INC-{row['incident']}")
        for row in service.rows("SELECT incident, seq FROM entries WHERE words IS NULL ORDER BY position"):
            take(f"/v1/incidents/INC-{row['incident']}/timeline?limit=1&after={row['seq'] - 1}")
            take(f"/v1/incidents/INC-{row['incident']}/timeline/{row['seq']}")
            take(f"/v1/incidents/INC-{row['incident']}/status-updates/draft?audience=internal", "application/json")
        take("/v1/incidents?state=all&limit=200")
        return taken
    numbers = [row["number"] for row in service.rows("SELECT number FROM incidents ORDER BY number")]
    for number in numbers:
        path = f"/v1/incidents/INC-{number}"
        take(path)
        take(path + "/timeline?limit=200")
        take(path + "/cadence")
        take(path + "/status-updates?limit=200")
    for target in ["/v1/incidents", "/v1/incidents?state=ended", "/v1/incidents?state=all&limit=200"]:
        take(target)
    for query in ["state=all&limit=2", "state=all&severity=sev2", "state=ended&status=cancelled", "label=service:web", "state=all&channel=none"]:
        take("/v1/incidents?" + query)
    full = next(number for number in numbers if "carol" in service.ask("GET", f"/v1/incidents/INC-{number}/timeline?limit=1")[2] and number > 2)
    path = f"/v1/incidents/INC-{full}"
    take(path + "/timeline?limit=3&after=2")
    take(path + "/timeline?kind=finding&visibility=public")
    for kind in service.rows("SELECT kind, MIN(incident * 1000 + seq) AS place FROM entries GROUP BY kind ORDER BY kind"):
        take(f"/v1/incidents/INC-{kind['place'] // 1000}/timeline/{kind['place'] % 1000}")
    for row in service.rows(f"SELECT recorded_at FROM entries WHERE incident = {full} AND seq IN (1, 30, 40)"):
        then = datetime.fromtimestamp(row["recorded_at"] / 1_000, timezone.utc).isoformat(timespec="milliseconds")
        take(f"{path}?at={then.replace('+00:00', 'Z')}")
    take(f"/v1/incidents/{json.loads(take(path))['id']}/cadence")
    ended = service.rows("SELECT number FROM incidents WHERE status = 'resolved' ORDER BY number DESC LIMIT 1")[0]["number"]
    for number in [1, 2, full, ended]:
        for audience in ["public", "internal"]:
            for template in ["auto", "acknowledge", "update", "nothing_new", "decide", "resolution", "internal"]:
                take(f"/v1/incidents/INC-{number}/status-updates/draft?audience={audience}&template={template}", "application/json")
        take(f"/v1/incidents/INC-{number}/status-updates/draft")
    return taken


def stream(service: Service, head: int) -> str:
    """The frames of every entry from the first on, as they were sent."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    connection.request("GET", "/v1/events?after=0", headers={"Authorization": f"Bearer {service.tokens['admin']}"})
    answer = connection.getresponse()
    frames: list[str] = []
    block = ""
    while not frames or not frames[-1].startswith(f"id: {head}\n"):
        line = answer.readline().decode()
        assert line, "the stream ended"
        block += line
        if line == "\n":
            # Comments, `retry` and hints without an id are no part of the journal.
            if block.startswith("id: ") and "\nevent: " in block:
                frames.append(block)
            block = ""
    connection.close()
    return "".join(frames)


def settle(service: Service) -> None:
    """Waits until no one is nagged for a while."""
    head, since = service.head(), time.monotonic()
    while time.monotonic() - since < 6:
        time.sleep(0.2)
        if service.head() != head:
            head, since = service.head(), time.monotonic()


def save(name: str, rows: list[dict[str, Any]]) -> None:
    lines = []
    for row in rows:
        plain = {key: value.hex() if isinstance(value, bytes) else value for key, value in row.items()}
        lines.append(json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n")
    (JOURNAL / name).write_text("".join(lines), newline="")


def record(binary: Path, folder: Path) -> None:
    receiver = Receiver()
    service = Service(binary, folder)
    service.start()
    for name, scope in [("slackbot", "post"), ("commander", "command")]:
        made = json.loads(service.ask("POST", "/v1/tokens", json.dumps({"name": name, "scope": scope}).encode())[2])
        service.tokens[name] = made["token"]
    for events in [["*"], ["update.*", "cadence.breached"], ["incident.*", "timeline.entry_added"]]:
        body = json.dumps({"url": f"http://127.0.0.1:{receiver.server_address[1]}/", "events": events}).encode()
        assert service.ask("POST", "/v1/webhooks", body)[0] == 201

    story = Story(service)
    story.tell()
    settle(service)
    wait("every webhook is delivered", lambda: not service.rows("SELECT 1 FROM deliveries WHERE state = 'pending'"))
    service.stop()
    old_copy(service, story.pattern)
    subprocess.run([str(binary), "verify", "--database", "sqlite:recorded.db"], cwd=folder, check=True, stdout=subprocess.DEVNULL)

    # After a start: the tags of lists begin with the journal's end then, as they do in the test.
    service.start()
    settle(service)
    service.stop()
    service.start()
    head = service.head()
    taken = answers(service, "whole")
    events = stream(service, head)
    entries = service.rows("SELECT * FROM entries ORDER BY position")
    incidents = service.rows("SELECT * FROM incidents ORDER BY number")
    assert len(entries) == head == service.head(), "someone was nagged meanwhile: record again"
    deliveries = service.rows(
        "SELECT id, message_id, endpoint, type, retry_class, incident, seq, due_at, created_at, expires_at FROM deliveries ORDER BY id")
    keys = service.rows("SELECT * FROM idempotency_keys ORDER BY id")
    tokens = service.rows("SELECT id, name, scope, created_at FROM tokens ORDER BY created_at, id")
    webhooks = service.rows("SELECT id, events, created_at FROM endpoints ORDER BY created_at, id")
    service.stop()
    redacted = redact(service)
    service.start()
    taken += answers(service, "redacted")
    assert head == service.head(), "someone was nagged meanwhile: record again"
    service.stop()

    everything = next(webhook["id"] for webhook in webhooks if webhook["events"] == '["*"]')
    seen: dict[tuple[str, str], int] = {}
    kinds = {(entry["incident"], entry["seq"]): entry["kind"] for entry in entries}
    for delivery in deliveries:
        if delivery["endpoint"] != everything or delivery["message_id"] not in receiver.bodies:
            continue
        body = receiver.bodies[delivery["message_id"]]
        kind = (delivery["type"], kinds[delivery["incident"], delivery["seq"]])
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] <= WHOLE_BODIES:
            delivery["body"] = body.decode()
        delivery["body_sha256"] = hashlib.sha256(body).hexdigest()

    JOURNAL.mkdir(exist_ok=True)
    save("entries.jsonl", entries)
    save("incidents.jsonl", incidents)
    save("deliveries.jsonl", deliveries)
    save("keys.jsonl", keys)
    save("tokens.jsonl", tokens)
    save("webhooks.jsonl", webhooks)
    save("writes.jsonl", service.writes)
    save("answers.jsonl", taken)
    save("redacted.jsonl", [{"position": position} for position in redacted])
    (JOURNAL / "events.txt").write_text(events, newline="")
    print(f"{len(entries)} entries, {len(incidents)} incidents, {len(deliveries)} deliveries, {len(service.writes)} writes, {len(taken)} answers")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", type=Path, required=True)
    binary = arguments.parse_args().binary.resolve()
    with tempfile.TemporaryDirectory(prefix="drumbeat-record-") as folder:
        record(binary, Path(folder))


if __name__ == "__main__":
    main()
