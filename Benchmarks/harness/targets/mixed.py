"""T5: how long reads take while 64 clients post."""

from ..bench import Bench, Target
from ..figures import alternate, median_of, ratio
from ..load import Load, Measured, Running, run, settle
from ..report import Row
from .posts import load_of_posts, service_for_posts, silent_receiver


def measure_reads_under_posts(bench: Bench) -> list[Row]:
    bench.tell("T5: GET by 64 connections, alone and while 64 others post")
    with silent_receiver() as receiver:
        service = service_for_posts(bench, bench.fresh("T5"), receiver)
        load = Load(f"{service.url}/v1/incidents/INC-1", fields=(service.authorization,))

        def alone() -> Measured:
            settle()
            return run(load, bench.seconds, service.pid)

        def meanwhile() -> Measured:
            settle()
            with Running(load_of_posts(service), bench.seconds + 1, service.pid) as posting:
                measured = run(load, bench.seconds, service.pid)
                posting.wait()
            return measured

        run(load, 1, service.pid)
        seen = alternate(bench.rounds, {"under posts": meanwhile, "alone": alone}, bench.tell)
        service.stop()
    part = ratio(seen["under posts"], seen["alone"], lambda run: run.p99_ms)
    return [Row(
        "T5", "GET p99 while 64 clients post: by alone", "≤ 3 ×", f"{median_of(seen['under posts']).p99_ms:.2f} ms",
        f"{median_of(seen['alone']).p99_ms:.2f} ms", f"{part:.2f} ×", part <= 3, {"ratio": part})]


TARGETS = [Target(("T5",), "reads while others post", measure_reads_under_posts)]
