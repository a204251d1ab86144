"""T8: latency of a nag, from its due time to its row and to the receiver's socket."""

import datetime
import time

from ..bench import Bench, Target
from ..figures import percentile
from ..moments import text_of
from ..receiver import Receiver
from ..report import Row
from ..servers import Drumbeat

SPACING_SECONDS = 0.02


def promise_update(service: Drumbeat, number: int, due: float) -> None:
    """Publishes an update that promises the next one by `due`, which becomes the deadline."""
    service.call("POST", f"/v1/incidents/INC-{number}/status-updates", {
        "audience": "internal", "text": "We are looking into it.", "next_update_at": text_of(due)})


def lateness_of_rows(service: Drumbeat, due: dict[int, float]) -> list[float]:
    """Milliseconds from each incident's due time until its first nag was recorded."""
    late = []
    for number, moment in due.items():
        nags, _ = service.call("GET", f"/v1/incidents/INC-{number}/timeline?kind=nag_sent&limit=1")
        for nag in nags["items"]:
            recorded = datetime.datetime.fromisoformat(nag["recorded_at"].replace("Z", "+00:00"))
            late.append((recorded.timestamp() - moment) * 1_000)
    return late


def wait_for_nags(service: Drumbeat, due: dict[int, float], within: float) -> list[float]:
    """Sleeps until the last is due, then polls until all have arrived."""
    time.sleep(max(0.0, max(due.values()) - time.time()) + 1)
    deadline = time.monotonic() + within
    while len(late := lateness_of_rows(service, due)) < len(due):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(late)} of {len(due)} nags were recorded after {within} s")
        time.sleep(0.25)
    return late


def measure_nags(bench: Bench) -> list[Row]:
    count = 150 if bench.is_quick else 400
    bench.tell(f"T8: {count} deadlines, one each {SPACING_SECONDS * 1_000:.0f} ms")
    with Receiver() as receiver:
        service = Drumbeat(bench.processes, bench.fresh("T8"))
        service.start()
        service.call("POST", "/v1/webhooks", {"url": receiver.url, "events": ["update.overdue"]})
        for _ in range(count):
            service.declare()
        base = round(time.time() + 2 + count * 0.004, 3)
        due = {number: base + number * SPACING_SECONDS for number in range(1, count + 1)}
        for number, moment in due.items():
            promise_update(service, number, moment)
        if time.time() > base:
            raise RuntimeError("the machine is too slow: deadlines passed before they were set")
        rows = wait_for_nags(service, due, 10)
        arrivals = [
            (arrival.moment - due[int(arrival.json["data"]["incident"]["ref"].removeprefix("INC-"))]) * 1_000
            for arrival in receiver.arrivals]
        service.stop()
    if len(arrivals) < count:
        raise RuntimeError(f"{len(arrivals)} of {count} nags arrived")
    return [
        _row("a nag's row after its due moment, p99", rows, 5),
        _row("its arrival at the receiver, p99", arrivals, 15)]


def _row(what: str, late: list[float], most: float) -> Row:
    p50, p99 = percentile(late, 0.5), percentile(late, 0.99)
    return Row("T8", what, f"≤ {most:g} ms", f"p50 {p50:.1f} ms", "–", f"{p99:.1f} ms", p99 <= most,
               {"p50_ms": p50, "p99_ms": p99, "max_ms": max(late), "count": len(late)})


TARGETS = [Target(("T8",), "nag latency", measure_nags)]
