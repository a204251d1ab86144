"""T3 and T4: durable timeline posts of 64 clients, against the same binary with batches of one."""

import itertools
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ..bench import Bench, Target
from ..figures import alternate, median_of, ratio
from ..load import Load, Measured, run, settle
from ..report import Row
from ..servers import TOP, Drumbeat

INCIDENTS = 8
_runs = itertools.count(1)


def load_of_posts(service: Drumbeat, connections: int = 64, incidents: int = INCIDENTS) -> Load:
    """Notes of bots, each with a new idempotency key."""
    return Load(service.url, connections, "posts", (service.token, str(incidents), f"run{next(_runs)}"))


@contextmanager
def silent_receiver() -> Iterator[str]:
    """A receiver that accepts connections and never answers: every entry gets its outbox row, and sending is nearly free."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"


def service_for_posts(
    bench: Bench, folder: Path, receiver: str, batch_max: int = 256, preload: Path | None = None
) -> Drumbeat:
    service = Drumbeat(bench.processes, folder, {"DRUMBEAT_BATCH_MAX": str(batch_max)}, preload)
    service.start()
    service.call("POST", "/v1/webhooks", {"url": receiver, "events": ["timeline.*", "incident.*", "update.*"]})
    for _ in range(INCIDENTS):
        service.declare()
    return service


def _measure(bench: Bench, target: str, what: str, least: float, preload: Path | None) -> list[Row]:
    bench.tell(f"{target}: {what}; each post has a key, a link of the chain and an outbox row")
    with silent_receiver() as receiver:
        many = service_for_posts(bench, bench.fresh(f"{target}-many"), receiver, preload=preload)
        one = service_for_posts(bench, bench.fresh(f"{target}-one"), receiver, 1, preload)

        def post(service: Drumbeat) -> Measured:
            settle()
            return run(load_of_posts(service), bench.seconds, service.pid)

        for service in (many, one):
            run(load_of_posts(service), 1, service.pid)
        seen = alternate(bench.rounds, {"ours": partial(post, many), "batches of one": partial(post, one)}, bench.tell)
        many.stop()
        one.stop()
    ours, peer = median_of(seen["ours"]), median_of(seen["batches of one"])
    part = ratio(seen["ours"], seen["batches of one"], lambda run: run.per_second)
    return [Row(
        target, f"{what}: by batches of one", f"≥ {least:g} ×", f"{ours.per_second:,.0f}/s",
        f"{peer.per_second:,.0f}/s", f"{part:.1f} ×", part >= least,
        {"ratio": part, "p99_ms": ours.p99_ms, "cpu_us": ours.cpu_us})]


def measure_posts(bench: Bench) -> list[Row]:
    return _measure(bench, "T3", "posts of 64 clients", 5, None)


def measure_slow_disk(bench: Bench) -> list[Row]:
    shim = bench.compiled(TOP / "Benchmarks/slowsync.c")
    return _measure(bench, "T4", "the same, syncs 2 ms longer", 25, shim)


TARGETS = [
    Target(("T3",), "durable posts", measure_posts),
    Target(("T4",), "durable posts on a slow disk", measure_slow_disk),
]
