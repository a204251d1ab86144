#!/usr/bin/env python3
"""Measures what one greedy token does to everybody else: declaring by another token, and a nag that comes due.

    python3 -B Benchmarks/shares.py [--binary PATH] [--notes 20000] [--seconds 5]

Three loads by one `post` token, each next to an admin who declares once a second and an incident whose first deadline passes:
refused changes of a hundred ended incidents, which a restart has put out of memory; status updates; reads of two past moments
in turn."""

import argparse
import http.client
import json
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from harness.processes import Processes
from harness.servers import BINARY, Drumbeat

CONNECTIONS = 256
ENDED = 100
NAG_SECONDS = 2


class Greedy:
    """Connections of one token that each repeat a request until told to stop."""

    def __init__(self, service: Drumbeat, token: str, request: Callable[[int], tuple[str, str, str | None]]) -> None:
        self.port, self.token, self.request = service.port, token, request
        self.ends = threading.Event()
        self.answers: dict[int, int] = {}
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.repeat) for _ in range(CONNECTIONS)]

    def repeat(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        fields = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        number = 0
        while not self.ends.is_set():
            number += 1
            method, path, body = self.request(number)
            try:
                connection.request(method, path, body, fields if body else {"Authorization": fields["Authorization"]})
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                continue
            with self.lock:
                self.answers[answer.status] = self.answers.get(answer.status, 0) + 1

    def __enter__(self) -> "Greedy":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        for thread in self.threads:
            thread.join()


def declare(service: Drumbeat) -> tuple[int, float]:
    """Declares by the admin's token; returns status and seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    began = time.monotonic()
    connection.request(
        "POST", "/v1/incidents", json.dumps({"title": "x", "severity": "minor"}),
        {"Authorization": f"Bearer {service.token}", "Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    return status, time.monotonic() - began


def measure(service: Drumbeat, name: str, token: str, request: Callable[[int], tuple[str, str, str | None]], seconds: float) -> None:
    waits, statuses = [], []
    ref = service.declare()
    with Greedy(service, token, request) as greedy:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            status, wait = declare(service)
            waits.append(wait)
            statuses.append(status)
            time.sleep(max(0, min(1 - wait, ends - time.monotonic())))
    time.sleep(1)
    declared = service.rows("SELECT declared_at FROM incidents WHERE number = ?", int(ref[4:]))[0][0]
    recorded = service.rows(
        "SELECT recorded_at FROM entries WHERE kind = 'nag_sent' AND stream = ? ORDER BY seq LIMIT 1", int(ref[4:]))
    late = f"{(recorded[0][0] - declared) / 1_000 - NAG_SECONDS:.2f} s" if recorded else "not sent"
    print(
        f"{name}: greedy {dict(sorted(greedy.answers.items()))}; declare {statuses}, slowest {max(waits):.2f} s; "
        f"nag late {late}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=BINARY)
    parser.add_argument("--notes", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=5)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="drumbeat-shares-"))
    with Processes() as processes:
        service = Drumbeat(
            processes, folder / "service", {"DRUMBEAT_FIRST_UPDATE": f"{NAG_SECONDS}s"}, binary=given.binary.resolve())
        service.start()
        token = service.call("POST", "/v1/tokens", {"name": "greedy", "scope": "post"})[0]["token"]
        all_ended = [service.declare() for _ in range(ENDED)]
        with Greedy(
            service, token,
            lambda number: ("POST", f"/v1/incidents/{all_ended[number % ENDED]}/timeline", '{"text": "x"}'),
        ) as filling:
            while sum(filling.answers.values()) < given.notes:
                time.sleep(0.05)
        ended = all_ended[0]
        moments = [row[0] for row in service.rows(
            "SELECT recorded_at FROM entries WHERE stream = ? ORDER BY seq DESC LIMIT 200", int(ended[4:]))]
        for ref in all_ended:
            service.call("PUT", f"/v1/incidents/{ref}/status", {"status": "cancelled", "reason": "false_alarm"})
        open_one = service.declare()
        service.stop()
        service.start()
        print(f"{given.binary}: {given.notes} notes, {CONNECTIONS} connections, {given.seconds:g} s each", flush=True)
        snooze = '{"minutes": 5, "reason": "x"}'
        measure(
            service, "refused changes of ended incidents", token,
            lambda _: ("POST", f"/v1/incidents/{random.choice(all_ended)}/cadence/snoozes", snooze), given.seconds)
        measure(
            service, "status updates", token,
            lambda _: ("POST", f"/v1/incidents/{open_one}/status-updates", '{"text": "We are on it."}'), given.seconds)
        at = [time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment / 1_000)) + f".{moment % 1_000:03}Z"
              for moment in (moments[0], moments[-1])]
        measure(
            service, "reads of two past moments", token,
            lambda number: ("GET", f"/v1/incidents/{ended}?at={at[number % 2]}", None), given.seconds)
        service.stop()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
