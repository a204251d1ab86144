#!/usr/bin/env python3
"""Compares two binaries of the service, round by round in turn, so that whatever else the machine does strikes both.

    python3 -B Benchmarks/paired.py --against OLD_BINARY [--rounds 15] [--seconds 2] [--only T1,T3]

Prints, for each figure, the median of each side and the median of the rounds' ratios (ours by theirs). What T11 compares is a
file that was grown by the same posts on both sides."""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from harness.bench import Bench
from harness.figures import percentile
from harness.load import Load, Measured, Running, run, settle
from harness.processes import Processes
from harness.receiver import Receiver
from harness.servers import BINARY, Drumbeat
from harness.targets.nags import promise_update, wait_for_nags
from harness.targets.posts import INCIDENTS, load_of_posts, silent_receiver
from harness.usage import cpu_milliseconds, resident_mib

Figures = dict[str, float]


class Pair:
    """The two binaries, each with a folder per target."""

    def __init__(self, bench: Bench, ours: Path, theirs: Path, rounds: int, seconds: float) -> None:
        self.bench, self.rounds, self.seconds = bench, rounds, seconds
        self.binaries = {"ours": ours, "theirs": theirs}
        self.seen: dict[str, dict[str, list[float]]] = {}

    def services(self, name: str, settings: dict[str, str] | None = None) -> dict[str, Drumbeat]:
        folder = self.bench.fresh(name)
        return {side: Drumbeat(self.bench.processes, folder / side, settings, binary=binary)
                for side, binary in self.binaries.items()}

    def compare(self, target: str, sides: dict[str, Callable[[], Figures]]) -> None:
        for number in range(self.rounds):
            # The order alternates with each round.
            for side in (list(sides) if number % 2 == 0 else list(reversed(sides))):
                for what, value in sides[side]().items():
                    self.seen.setdefault(f"{target} {what}", {}).setdefault(side, []).append(value)
            self.bench.tell(f"{target}: round {number + 1} of {self.rounds}")

    def table(self) -> str:
        lines = [f"{'':44} {'ours':>12} {'theirs':>12} {'ratio':>7}"]
        for what, sides in self.seen.items():
            ours, theirs = statistics.median(sides["ours"]), statistics.median(sides["theirs"])
            # A figure rounded to 0 has no ratio.
            parts = [a / b for a, b in zip(sides["ours"], sides["theirs"], strict=True) if b]
            part = f"{statistics.median(parts):7.3f}" if parts else f"{'–':>7}"
            lines.append(f"{what:44} {ours:12,.2f} {theirs:12,.2f} {part}")
        self.seen.clear()
        return "\n".join(lines)


def _figures(measured: Measured) -> Figures:
    return {"per second": measured.per_second, "p99 ms": measured.p99_ms, "CPU µs": measured.cpu_us}


def _read(service: Drumbeat, path: str, seconds: float, tag: str = "") -> Figures:
    settle()
    fields = (service.authorization, *((f"If-None-Match: {tag}",) if tag else ()))
    return _figures(run(Load(service.url + path, fields=fields), seconds, service.pid))


def reads(pair: Pair, which: set[str]) -> None:
    services = pair.services("reads")
    sides: dict[str, dict[str, Callable[[], Figures]]] = {"T1 GET": {}, "T2 304": {}, "T2 304 of the list": {}}
    for side, service in services.items():
        service.start()
        service.declare(workaround="Sign in with a passkey", channel="slack:C9", labels={"service": "login", "region": "eu"})
        _, tag = service.call("GET", "/v1/incidents/INC-1")
        _, list_tag = service.call("GET", "/v1/incidents")
        seconds = pair.seconds
        sides["T1 GET"][side] = partial(_read, service, "/v1/incidents/INC-1", seconds)
        sides["T2 304"][side] = partial(_read, service, "/v1/incidents/INC-1", seconds, tag)
        sides["T2 304 of the list"][side] = partial(_read, service, "/v1/incidents", seconds, list_tag)
    for target, calls in sides.items():
        if target.split()[0] in which:
            pair.compare(target, calls)
    for service in services.values():
        service.stop()


def _post(service: Drumbeat, seconds: float) -> Figures:
    settle()
    return _figures(run(load_of_posts(service), seconds, service.pid))


def _read_under_posts(service: Drumbeat, seconds: float) -> Figures:
    settle()
    with Running(load_of_posts(service), seconds + 1, service.pid) as posting:
        measured = run(Load(f"{service.url}/v1/incidents/INC-1", fields=(service.authorization,)), seconds, service.pid)
        posting.wait()
    return {"p99 ms": measured.p99_ms, "per second": measured.per_second}


def posts(pair: Pair, which: set[str]) -> None:
    with silent_receiver() as receiver:
        services = pair.services("posts")
        for service in services.values():
            service.start()
            service.call("POST", "/v1/webhooks", {"url": receiver, "events": ["timeline.*", "incident.*", "update.*"]})
            for _ in range(INCIDENTS):
                service.declare()
            run(load_of_posts(service), 1, service.pid)
        if "T3" in which:
            pair.compare("T3 posts", {side: partial(_post, service, pair.seconds) for side, service in services.items()})
        if "T5" in which:
            pair.compare("T5 GET under posts", {
                side: partial(_read_under_posts, service, pair.seconds) for side, service in services.items()})
        for service in services.values():
            service.stop()


def _nags(pair: Pair, side: str, count: int, spacing: float) -> Figures:
    with Receiver() as receiver:
        service = pair.services(f"nags-{time.monotonic_ns()}")[side]
        service.start()
        service.call("POST", "/v1/webhooks", {"url": receiver.url, "events": ["update.overdue"]})
        for _ in range(count):
            service.declare()
        base = round(time.time() + 1.5, 3)
        due = {number: base + number * spacing for number in range(1, count + 1)}
        for number, moment in due.items():
            promise_update(service, number, moment)
        rows = wait_for_nags(service, due, 10)
        arrivals = [
            (arrival.moment - due[int(arrival.json["data"]["incident"]["ref"].removeprefix("INC-"))]) * 1_000
            for arrival in receiver.arrivals]
        service.stop()
        shutil.rmtree(service.folder)
    return {"row p50 ms": percentile(rows, 0.5), "row p99 ms": percentile(rows, 0.99),
            "arrival p50 ms": percentile(arrivals, 0.5), "arrival p99 ms": percentile(arrivals, 0.99)}


def nags(pair: Pair, which: set[str]) -> None:
    if "T8" in which:
        pair.compare("T8 nag", {side: partial(_nags, pair, side, 100, 0.02) for side in pair.binaries})


def _start(service: Drumbeat) -> Figures:
    service.stop()
    seconds = service.start()
    cpu = cpu_milliseconds(service.pid)
    time.sleep(0.5)
    return {"start ms": seconds * 1_000, "start CPU ms": cpu, "memory MiB": resident_mib(service.pid)}


def starts(pair: Pair, which: set[str]) -> None:
    if "T10" not in which:
        return
    services = pair.services("starts")
    for service in services.values():
        service.start()
        for _ in range(1_000):
            service.declare()
    pair.compare("T10", {side: partial(_start, service) for side, service in services.items()})
    for service in services.values():
        service.stop()


def growth(pair: Pair, which: set[str], entries: int = 200_000) -> None:
    if "T11" not in which:
        return
    services = pair.services("growth", {"DRUMBEAT_LOG_LEVEL": "warning"})
    for service in services.values():
        service.start()
        for _ in range(1_000):
            service.declare()
        while service.rows("SELECT MAX(position) FROM entries")[0][0] < entries:
            run(load_of_posts(service, incidents=1_000), 5, service.pid)
    seconds = pair.seconds
    pair.compare(f"T11 posts at {entries:,}", {side: partial(_post, service, seconds) for side, service in services.items()})
    pair.compare(f"T11 GET at {entries:,}", {
        side: partial(_read, service, "/v1/incidents/INC-1", seconds) for side, service in services.items()})
    pair.compare(f"T11 start at {entries:,}", {side: partial(_start, service) for side, service in services.items()})
    for service in services.values():
        service.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=BINARY, help="ours; default the release build")
    parser.add_argument("--against", type=Path, required=True, help="theirs")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=2, help="how long each load lasts")
    parser.add_argument("--only", default="T1,T2,T3,T5,T8,T10,T11")
    arguments = parser.parse_args()
    which = {name.strip().upper() for name in arguments.only.split(",")}
    with tempfile.TemporaryDirectory(prefix="drumbeat-paired-") as folder, Processes() as processes:
        bench = Bench(processes, Path(folder), False, time.monotonic())
        pair = Pair(bench, arguments.binary.resolve(), arguments.against.resolve(), arguments.rounds, arguments.seconds)
        for measure in (reads, posts, nags, starts, growth):
            measure(pair, which)
            if pair.seen:
                print(pair.table(), flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nended; everything that was started has been ended too")
