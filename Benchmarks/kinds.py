#!/usr/bin/env python3
"""Measures how soon a nag reaches a target of each kind, and that targets that hang delay no other.

    python3 -B Benchmarks/kinds.py [--binary PATH] [--incidents 50] [--targets 20] [--hanging 5]

First one target of each kind, and an incident every 50 ms: the time from the deadline to the first byte at the target. Then
`--targets` targets, of which some take a connection and never answer: the same of the others, for 1,000 nags at the defaults."""

import argparse
import json
import re
import shutil
import socket
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

from harness.processes import Processes
from harness.servers import BINARY, Drumbeat

NAG_SECONDS = 3


def quantile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else float("nan")


class Target:
    """A receiver on a port of its own that keeps when the first nag of each incident came."""

    def __init__(self, kind: str, hangs: bool = False) -> None:
        self.kind, self.hangs = kind, hangs
        self.arrivals: dict[str, float] = {}
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.kept: list[socket.socket] = []
        threading.Thread(target=self.accept, daemon=True).start()

    def registration(self) -> dict[str, object]:
        events = ["update.overdue"]
        if self.kind == "smtp":
            return {"kind": "smtp", "url": f"smtp://127.0.0.1:{self.port}", "from": "a@mail.example", "to": ["b@mail.example"], "events": events}
        return {"kind": self.kind, "url": f"http://127.0.0.1:{self.port}/topic", "events": events}

    def accept(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            if self.hangs:
                self.kept.append(connection)
                continue
            threading.Thread(target=self.converse, args=(connection, time.time()), daemon=True).start()

    def converse(self, connection: socket.socket, came: float) -> None:
        with connection, connection.makefile("rb") as stream:
            text = self.mail(connection, stream) if self.kind == "smtp" else self.request(connection, stream)
        found = re.search(r"INC-\d+", text)
        if found and "overdue" in text or found and "due now" in text:
            self.arrivals.setdefault(found.group(), came)

    @staticmethod
    def request(connection: socket.socket, stream) -> str:
        length = 0
        while (line := stream.readline().strip().lower()):
            if line.startswith(b"content-length:"):
                length = int(line[15:])
        body = stream.read(length).decode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        return body

    @staticmethod
    def mail(connection: socket.socket, stream) -> str:
        subject, in_data = "", False
        connection.sendall(b"220 mail.example\r\n")
        while (line := stream.readline()):
            word = line.strip().upper()
            if in_data:
                subject += line.decode() if line.startswith(b"Subject:") else ""
                in_data = word != b"."
                if not in_data:
                    connection.sendall(b"250 taken\r\n")
            elif word.startswith(b"DATA"):
                in_data = True
                connection.sendall(b"354 go on\r\n")
            elif word.startswith(b"QUIT"):
                connection.sendall(b"221 bye\r\n")
                break
            else:
                connection.sendall(b"250 mail.example\r\n")
        return subject


def run(service: Drumbeat, targets: list[Target], incidents: int, apart: float) -> dict[str, float]:
    """Declares incidents; returns each deadline in Unix seconds."""
    for target in targets:
        answer = service.call("POST", "/v1/webhooks", target.registration())[0]
        assert "id" in answer, answer
    due: dict[str, float] = {}
    for _ in range(incidents):
        answer = service.call("POST", "/v1/incidents", {"title": "x", "severity": "minor"})[0]
        moment = answer["cadence"]["next_update_due_at"].replace("Z", "+00:00")
        due[answer["ref"]] = datetime.fromisoformat(moment).timestamp()
        time.sleep(apart)
    time.sleep(NAG_SECONDS + 3)
    return due


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=BINARY)
    parser.add_argument("--incidents", type=int, default=50)
    parser.add_argument("--targets", type=int, default=20)
    parser.add_argument("--hanging", type=int, default=5)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="drumbeat-kinds-"))
    settings = {"DRUMBEAT_FIRST_UPDATE": f"{NAG_SECONDS}s"}
    with Processes() as processes:
        service = Drumbeat(processes, folder / "kinds", settings, binary=given.binary.resolve())
        service.start()
        targets = [Target(kind) for kind in ("standard", "slack", "ntfy", "smtp")]
        due = run(service, targets, given.incidents, 0.05)
        for target in targets:
            late = [(came - due[ref]) * 1_000 for ref, came in target.arrivals.items() if ref in due]
            print(
                f"{target.kind}: {len(late)} of {len(due)} nags; due moment to the socket p50 {quantile(late, 0.5):.1f} ms, "
                f"p99 {quantile(late, 0.99):.1f} ms", flush=True)
        service.stop()

        service = Drumbeat(processes, folder / "many", settings, binary=given.binary.resolve())
        service.start()
        # Targets of kind standard are registered without a test, so that one that hangs can be.
        targets = [Target("standard", hangs=number < given.hanging) for number in range(given.targets)]
        due = run(service, targets, given.incidents, 0)
        late = [
            (came - due[ref]) * 1_000
            for target in targets for ref, came in target.arrivals.items() if ref in due]
        expected = (given.targets - given.hanging) * given.incidents
        print(
            f"{given.incidents * given.targets} nags over {given.targets} targets, {given.hanging} of them hang: {len(late)} of {expected} "
            f"arrived at the others, p50 {quantile(late, 0.5):.0f} ms, latest {max(late, default=0):.0f} ms", flush=True)
        service.stop()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
