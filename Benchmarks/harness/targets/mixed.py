"""T5: how long reads take while 64 clients post."""

from functools import partial

from ..bench import Bench, Target
from ..figures import alternate, median_of, ratio
from ..load import Load, Measured, Running, run, settle
from ..report import Row
from ..servers import Nginx
from .posts import load_of_posts, service_for_posts, silent_receiver


def measure_reads_under_posts(bench: Bench) -> list[Row]:
    bench.tell("T5: GET by 64 connections, alone and while 64 others post; and the same of nginx, while they post to us")
    with silent_receiver() as receiver:
        folder = bench.fresh("T5")
        service = service_for_posts(bench, folder / "drumbeat", receiver)
        # A separate process, which posts cannot delay except by using the cores.
        nginx = Nginx(bench.processes, folder / "nginx", "x" * 1_000)
        loads = {
            "ours": (service.pid, Load(f"{service.url}/v1/incidents/INC-1", fields=(service.authorization,))),
            "nginx": (nginx.pid, Load(f"{nginx.url}/answer", fields=(service.authorization,)))}

        def alone(side: str) -> Measured:
            settle()
            server, load = loads[side]
            return run(load, bench.seconds, server)

        def meanwhile(side: str) -> Measured:
            settle()
            server, load = loads[side]
            with Running(load_of_posts(service), bench.seconds + 1, service.pid) as posting:
                measured = run(load, bench.seconds, server)
                posting.wait()
            return measured

        for server, load in loads.values():
            run(load, 1, server)
        seen = alternate(bench.rounds, {
            "under posts": partial(meanwhile, "ours"), "alone": partial(alone, "ours"),
            "nginx under posts": partial(meanwhile, "nginx"), "nginx alone": partial(alone, "nginx")}, bench.tell)
        service.stop()
    part = ratio(seen["under posts"], seen["alone"], lambda run: run.p99_ms)
    peer = ratio(seen["nginx under posts"], seen["nginx alone"], lambda run: run.p99_ms)
    by_nginx = ratio(seen["under posts"], seen["nginx under posts"], lambda run: run.p99_ms)

    def p99(side: str) -> str:
        return f"{median_of(seen[side]).p99_ms:.2f} ms"

    return [
        Row("T5", "GET p99 while 64 clients post: by alone", "≤ 3 ×", p99("under posts"), p99("alone"), f"{part:.2f} ×",
            part <= 3, {"ratio": part}),
        Row("T5", "p99 of nginx while they post to us: by alone", "–", p99("nginx under posts"), p99("nginx alone"),
            f"{peer:.2f} ×", None, {"ratio": peer}),
        Row("T5", "our p99 while they post: by that of nginx", "–", p99("under posts"), p99("nginx under posts"),
            f"{by_nginx:.2f} ×", None, {"ratio": by_nginx})]


TARGETS = [Target(("T5",), "reads while others post", measure_reads_under_posts)]
