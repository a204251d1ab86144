"""T11: the cost of a file with a million entries and idempotency keys."""

import shutil
from functools import partial

from ..bench import Bench, Target
from ..figures import alternate, median_of, ratio
from ..load import Load, Measured, run, settle
from ..report import Row
from ..servers import Drumbeat
from ..usage import cpu_milliseconds, resident_mib
from .posts import INCIDENTS, load_of_posts

SPREAD = 1_000
BYTES_WANTED = 4 << 30


def _fill(bench: Bench, service: Drumbeat, entries: int) -> int:
    while (there := service.rows("SELECT MAX(position) FROM entries")[0][0]) < entries:
        bench.tell(f"{there:,} of {entries:,} entries are there")
        run(load_of_posts(service, incidents=SPREAD), 10, service.pid)
    return int(there)


def measure_growth(bench: Bench) -> list[Row]:
    if shutil.disk_usage(bench.folder).free < BYTES_WANTED:
        return [Row("T11", "growth to a million entries", "within 10 %", "less than 4 GiB of disk are free", met=None)]
    entries = 100_000 if bench.is_quick else 1_000_000
    bench.tell(f"T11: {entries:,} entries with a kept key each, over {SPREAD:,} open incidents, against a file of 1,000 entries")
    settings = {"DRUMBEAT_LOG_LEVEL": "warning"}
    grown = Drumbeat(bench.processes, bench.fresh("T11-grown"), settings)
    grown.start()
    for _ in range(SPREAD):
        grown.declare()
    entries = _fill(bench, grown, entries)
    grown.stop()
    started = grown.start()
    memory, cpu = resident_mib(grown.pid), cpu_milliseconds(grown.pid) / 1_000
    bench.tell(f"a start with {entries:,} entries took {started:.2f} s, and holds {memory:.0f} MiB")
    small = Drumbeat(bench.processes, bench.fresh("T11-small"), settings)
    small.start()
    for _ in range(SPREAD):
        small.declare()

    def post(service: Drumbeat) -> Measured:
        settle()
        return run(load_of_posts(service, incidents=INCIDENTS), bench.seconds, service.pid)

    def read(service: Drumbeat) -> Measured:
        settle()
        return run(Load(f"{service.url}/v1/incidents/INC-1", fields=(service.authorization,)), bench.seconds, service.pid)

    for service in (grown, small):
        run(load_of_posts(service, incidents=INCIDENTS), 1, service.pid)
    reads = alternate(bench.rounds, {"ours": partial(read, grown), "small": partial(read, small)}, bench.tell)
    posts = alternate(bench.rounds, {"ours": partial(post, grown), "small": partial(post, small)}, bench.tell)
    grown.stop()
    small.stop()
    shutil.rmtree(grown.folder)
    return [
        _row("posts", posts, entries), _row("hot reads", reads, entries),
        Row("T11", f"start with {entries:,} entries and keys", "≤ 2 s", f"{cpu:.1f} s of CPU, {memory:.0f} MiB then", "–", f"{started:.2f} s",
            started <= 2, {"start_s": started, "cpu_s": cpu, "memory_mib": memory})]


def _row(what: str, seen: dict[str, list[Measured]], entries: int) -> Row:
    part = ratio(seen["ours"], seen["small"], lambda run: run.per_second)
    return Row(
        "T11", f"{what} at {entries:,} entries: by 1,000", "≥ 0.9 ×", f"{median_of(seen['ours']).per_second:,.0f}/s",
        f"{median_of(seen['small']).per_second:,.0f}/s", f"{part:.2f} ×", part >= 0.9, {"ratio": part})


TARGETS = [Target(("T11",), "growth of the file", measure_growth)]
