"""T10: time from start to the first response, and idle memory."""

import statistics
import time
from pathlib import Path

from ..bench import Bench, Target
from ..report import Row
from ..servers import BINARY, STATIC_BINARY, Drumbeat
from ..usage import cpu_milliseconds, resident_mib

INCIDENTS = 1_000


def measure_start(bench: Bench) -> list[Row]:
    rows = _measure(bench, BINARY, "dynamic")
    if STATIC_BINARY.exists():
        rows += _measure(bench, STATIC_BINARY, "static")
    return rows


def _measure(bench: Bench, binary: Path, linked: str) -> list[Row]:
    bench.tell(f"T10: starts with {INCIDENTS:,} open incidents, Swift's libraries linked as {linked}")
    service = Drumbeat(bench.processes, bench.fresh(f"T10-{linked}"), binary=binary)
    service.start()
    for _ in range(INCIDENTS):
        service.declare()
    service.stop()
    times, memory, cpu = [], [], []
    for _ in range(bench.rounds + 2):
        times.append(service.start() * 1_000)
        cpu.append(cpu_milliseconds(service.pid))
        time.sleep(2)
        memory.append(resident_mib(service.pid))
        service.stop()
    start, idle = statistics.median(times), statistics.median(memory)
    bench.tell(f"starts took {', '.join(f'{value:.0f}' for value in times)} ms")
    return [
        Row("T10", f"start to the first 200, {INCIDENTS:,} open ({linked})", "≤ 50 ms", f"{statistics.median(cpu):.0f} ms of CPU", "–",
            f"{start:.0f} ms", start <= 50, {"times_ms": times, "cpu_ms": cpu}),
        Row("T10", f"resident memory, idle, {INCIDENTS:,} open ({linked})", "≤ 20 MiB", f"{idle:.1f} MiB", "–",
            f"{idle:.1f} MiB", idle <= 20, {"median_mib": idle})]


TARGETS = [Target(("T10",), "start and idle memory", measure_start)]
