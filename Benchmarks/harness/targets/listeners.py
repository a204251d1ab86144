"""T6 and T7: many idle streams, and one event to all of them."""

import re
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from ..bench import Bench, Target
from ..figures import percentile
from ..load import Load, Running
from ..processes import free_port
from ..report import Row
from ..servers import TOP, Drumbeat


_EVENT_BYTES = 420
"""Size of a short entry as an event."""


def _anonymous_kib(pid: int) -> int:
    """Anonymous memory of the process: without files and kernel memory."""
    match = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    if match is None:
        raise RuntimeError("the kernel does not tell RssAnon")
    return int(match[1])


class Listeners:
    """Streams held by a separate process."""

    def __init__(self, bench: Bench, port: int, count: int, token: str) -> None:
        program = bench.compiled(TOP / "Benchmarks/listeners.c", shared=False)
        self._process = subprocess.Popen(
            [str(program), str(port), str(count), "/v1/events", token],
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
        """When the last stream received the next event, in seconds of the monotonic clock."""
        return int(self._line()) / 1e6

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=30)


class Floor:
    """`Benchmarks/fanout.c`: lower bound of sending the same bytes to as many sockets on this machine."""

    def __init__(self, bench: Bench, size: int) -> None:
        program = bench.compiled(TOP / "Benchmarks/fanout.c", shared=False)
        self.port = free_port()
        self._process = subprocess.Popen(
            [str(program), str(self.port), str(size)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != "ready":
            raise RuntimeError("the floor did not begin")
        self._trigger = socket.create_connection(("127.0.0.1", self.port))

    def send(self) -> None:
        self._trigger.sendall(b"POST / HTTP/1.1\r\n\r\n")
        if not self._trigger.recv(256):
            raise RuntimeError("the floor ended")

    def close(self) -> None:
        assert self._process.stdin is not None
        self._trigger.close()
        self._process.stdin.close()
        self._process.wait(timeout=30)


def _told(send: Callable[[], object], listeners: Listeners) -> float:
    """Milliseconds from sending an event until the last one has it."""
    began = time.monotonic()
    send()
    milliseconds = (listeners.last_has_it() - began) * 1_000
    time.sleep(0.05)
    return milliseconds


def measure_listeners(bench: Bench) -> list[Row]:
    idle, told = (2_000, 1_000) if bench.is_quick else (10_000, 5_000)
    bench.tell(f"T6, T7: {idle:,} idle streams, and one event to {told:,}")
    service = Drumbeat(bench.processes, bench.fresh("T6"), {"DRUMBEAT_LOG_LEVEL": "warning"})
    service.start()
    ref = service.declare()
    path = f"/v1/incidents/{ref}/timeline"
    rounds = 11 if bench.is_quick else 41

    # Warm-up, which is not counted.
    Listeners(bench, service.port, told, service.token).close()
    time.sleep(1)
    before = _anonymous_kib(service.pid)
    listeners = Listeners(bench, service.port, idle, service.token)
    time.sleep(2)
    each = (_anonymous_kib(service.pid) - before) / idle
    listeners.close()
    time.sleep(2)

    listeners = Listeners(bench, service.port, told, service.token)
    floor = Floor(bench, _EVENT_BYTES)
    least = Listeners(bench, floor.port, told, service.token)
    alone: list[float] = []
    floors: list[float] = []
    for number in range(rounds):
        alone.append(_told(lambda: service.call("POST", path, {"text": f"event {number}"}), listeners))
        floors.append(_told(floor.send, least))
    least.close()
    floor.close()
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
    last, bottom = median(alone), median(floors)
    part = last / bottom
    return [
        Row("T6", f"user memory for each of {idle:,} idle streams", "≤ 1 KiB", f"{each:.2f} KiB", "–", f"{each:.2f} KiB",
            each <= 1, {"kib": each}),
        Row("T7", f"one event to {told:,} streams: the last has it after (median of {rounds})", "≤ 45 ms",
            f"p99 {percentile(alone, 0.99):.0f} ms", "–", f"{last:.0f} ms", last <= 45, {"median_ms": last, "all_ms": alone}),
        Row("T7", "the same: by a C loop that only sends", "–", f"{last:.0f} ms", f"{bottom:.0f} ms", f"{part:.2f} ×", None,
            {"ratio": part, "all_ms": floors}),
        Row("T7", "p99 of a GET meanwhile", "≤ 6 ms", f"p50 {reads.p50_ms:.2f} ms", "–", f"{reads.p99_ms:.1f} ms",
            reads.p99_ms <= 6, {"p99_ms": reads.p99_ms})]


TARGETS = [Target(("T6", "T7"), "streams of events", measure_listeners)]
