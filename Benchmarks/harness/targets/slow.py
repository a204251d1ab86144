"""S1: well-behaved requests while slowhttptest holds 500 slow connections from the same address, in each of its modes."""

import csv
import re
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from ..bench import Bench, Target
from ..figures import percentile
from ..honest import Honest
from ..report import Row
from ..servers import Drumbeat

CONNECTIONS = 500
LIMIT_MS = 100


@dataclass(frozen=True)
class Mode:
    """A mode of slowhttptest."""

    name: str
    about: str
    arguments: tuple[str, ...]
    path: str
    is_known: bool = False
    """Whether it sends a valid token, so that it is not evicted as unauthenticated."""
    is_answered: bool = False
    """Whether its requests are complete, so that it ends before its first report: then the service's own count for the path is used."""

    def command(self, service: Drumbeat, seconds: int) -> list[str]:
        # It has no option for a custom field; the value for Accept is sent as it is.
        token = ("-m", f"application/json\r\n{service.authorization}") if self.is_known else ()
        return ["slowhttptest", self.name, "-c", str(CONNECTIONS), "-r", str(CONNECTIONS), "-l", str(seconds), "-i", "2",
                *self.arguments, *token, "-g", "-o", f"slow{self.name}", "-u", service.url + self.path]


MODES = (
    Mode("-H", "slow heads", (), "/v1/incidents/INC-1"),
    Mode("-B", "slow bodies, with a token", ("-f", "application/json", "-s", "8192"), "/v1/incidents/INC-1/timeline",
         is_known=True),
    Mode("-R", "heads of 1,000 ranges", ("-b", "1000"), "/openapi.json", is_answered=True),
    Mode("-X", "slow reading", ("-w", "1", "-y", "16", "-z", "8", "-k", "3"), "/openapi.json"),
)


def _opened(report: Path) -> tuple[int, int]:
    """Connections by its own reports, one a second: in total, and the peak."""
    with report.open() as file:
        rows = list(csv.DictReader(file))
    opened = max((int(row["Closed"]) + int(row["Connected"]) for row in rows), default=0)
    return opened, max((int(row["Connected"]) for row in rows), default=0)


def _answered(service: Drumbeat, route: str) -> int:
    """Answered requests of a route, by the service's own count."""
    with urllib.request.urlopen(f"{service.url}/metrics", timeout=20) as answer:
        page = answer.read().decode()
    return sum(int(count) for count in re.findall(rf'^drumbeat_http_requests_total{{[^}}]*route="{route}"[^}}]*}} (\d+)', page, re.M))


def _measure_mode(bench: Bench, service: Drumbeat, mode: Mode) -> Row:
    seconds = 4 if bench.is_quick else 9
    with Honest(service.port, service.token) as honest:
        time.sleep(1)
        honest.forget()
        answered = _answered(service, mode.path)
        log = service.folder / f"slow{mode.name}.log"
        slow = bench.processes.start(mode.command(service, seconds), service.folder, log=log)
        try:
            slow.wait(seconds + 30)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"slowhttptest {mode.name} did not end by itself") from None
        took, failures = list(honest.took_ms), list(honest.failures)
    opened, at_once = _opened(service.folder / f"slow{mode.name}.csv")
    if mode.is_answered:
        opened = _answered(service, mode.path) - answered
    if opened < CONNECTIONS:
        raise RuntimeError(f"slowhttptest {mode.name} opened {opened} of {CONNECTIONS} connections: {log.read_text()[-500:]}")
    p50, p99 = percentile(took, 0.5), percentile(took, 0.99)
    bench.tell(f"{mode.name}: {opened} connections, at most {at_once} at once; {len(took):,} honest requests, "
               f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, slowest {max(took):.0f} ms, failed {len(failures)} {failures[:3]}")
    seen = f"{p99:.1f} ms" + (f", {len(failures)} failed" if failures else "")
    return Row(
        "S1", f"honest p99 beside {CONNECTIONS} connections of slowhttptest {mode.name} ({mode.about})", f"≤ {LIMIT_MS} ms",
        f"p50 {p50:.1f} ms", "–", seen, p99 <= LIMIT_MS and not failures,
        {"p50_ms": p50, "p99_ms": p99, "slowest_ms": max(took), "requests": len(took), "failures": len(failures),
         "opened": opened, "at_once": at_once})


def measure_slow_clients(bench: Bench) -> list[Row]:
    # Slow clients are measured with the default settings.
    service = Drumbeat(bench.processes, bench.fresh("S1"), {"DRUMBEAT_UNAUTHENTICATED_MAX": "256"})
    service.start()
    service.declare()
    rows = [_measure_mode(bench, service, mode) for mode in MODES]
    service.stop()
    return rows


TARGETS = [Target(("S1",), "honest requests beside slow clients", measure_slow_clients)]
