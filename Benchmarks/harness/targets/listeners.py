"""T6 and T7: many idle streams, and one event to all of them."""

import re
import subprocess
import time
from pathlib import Path
from statistics import median

from ..bench import Bench, Target
from ..figures import percentile
from ..load import Load, Running
from ..report import Row
from ..servers import TOP, Drumbeat


def _anonymous_kib(pid: int) -> int:
    """What the process itself has in memory: without files and without the kernel's share."""
    match = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    if match is None:
        raise RuntimeError("the kernel does not tell RssAnon")
    return int(match[1])


class Listeners:
    """So many streams, held by a process of their own."""

    def __init__(self, bench: Bench, service: Drumbeat, count: int) -> None:
        program = bench.compiled(TOP / "Benchmarks/listeners.c", shared=False)
        port = service.url.rsplit(":", 1)[1]
        self._process = subprocess.Popen(
            [str(program), port, str(count), "/v1/events", service.token],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self._line() != "ready":
            raise RuntimeError("the streams did not begin")

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            raise RuntimeError("the listeners ended")
        return line

    def last_has_it(self) -> float:
        """When the last stream had the next event, in seconds of the monotonic clock."""
        return int(self._line()) / 1e6

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


def measure_listeners(bench: Bench) -> list[Row]:
    idle, told = (2_000, 1_000) if bench.is_quick else (10_000, 5_000)
    bench.tell(f"T6, T7: {idle:,} idle streams, and one event to {told:,}")
    service = Drumbeat(bench.processes, bench.fresh("T6"), {"DRUMBEAT_LOG_LEVEL": "warning"})
    service.start()
    ref = service.declare()
    path = f"/v1/incidents/{ref}/timeline"
    rounds = 11 if bench.is_quick else 41

    # Once before, so that what the first streams warm up is not counted.
    Listeners(bench, service, told).close()
    time.sleep(1)
    before = _anonymous_kib(service.pid)
    listeners = Listeners(bench, service, idle)
    time.sleep(2)
    each = (_anonymous_kib(service.pid) - before) / idle
    listeners.close()
    time.sleep(2)

    listeners = Listeners(bench, service, told)
    alone: list[float] = []
    for number in range(rounds):
        began = time.monotonic()
        service.call("POST", path, {"text": f"event {number}"})
        alone.append((listeners.last_has_it() - began) * 1_000)
        time.sleep(0.05)
    load = Load(f"{service.url}/v1/incidents/{ref}", connections=1, fields=(service.authorization,))
    with Running(load, bench.seconds * 2, service.pid) as running:
        ends = time.monotonic() + bench.seconds * 2 - 0.5
        while time.monotonic() < ends:
            service.call("POST", path, {"text": "meanwhile"})
            listeners.last_has_it()
            time.sleep(0.1)
        reads = running.wait()
    listeners.close()
    service.stop()
    last = median(alone)
    return [
        Row("T6", f"user memory for each of {idle:,} idle streams", "≤ 1 KiB", f"{each:.2f} KiB", "–", f"{each:.2f} KiB",
            each <= 1, {"kib": each}),
        Row("T7", f"one event to {told:,} streams: the last has it after (median of {rounds})", "≤ 45 ms",
            f"p99 {percentile(alone, 0.99):.0f} ms", "–", f"{last:.0f} ms", last <= 45, {"median_ms": last, "all_ms": alone}),
        Row("T7", "p99 of a GET meanwhile", "≤ 6 ms", f"p50 {reads.p50_ms:.2f} ms", "–", f"{reads.p99_ms:.1f} ms",
            reads.p99_ms <= 6, {"p99_ms": reads.p99_ms})]


TARGETS = [Target(("T6", "T7"), "streams of events", measure_listeners)]
