"""T1 and T2: hot reads of one open incident and of the list, against nginx and Hummingbird 2."""

import json
from collections.abc import Callable
from functools import partial

from ..bench import Bench, Target
from ..figures import alternate, median_of, ratio
from ..load import Load, Measured, run, settle
from ..report import Row
from ..servers import Drumbeat, Hummingbird, Nginx


class _Servers:
    """The compared servers, with the same response of about 1 KB."""

    def __init__(self, bench: Bench, name: str) -> None:
        folder = bench.fresh(name)
        self.drumbeat = Drumbeat(bench.processes, folder / "drumbeat")
        self.drumbeat.start()
        self.drumbeat.declare(
            workaround="Sign in with a passkey", channel="slack:C9", labels={"service": "login", "region": "eu"})
        incident, self.tag = self.drumbeat.call("GET", "/v1/incidents/INC-1")
        body = json.dumps(incident, separators=(",", ":"), ensure_ascii=False)
        self.bytes = len(body.encode())
        _, self.list_tag = self.drumbeat.call("GET", "/v1/incidents")
        self.nginx = Nginx(bench.processes, folder / "nginx", body)
        self.hummingbird = None
        if Hummingbird.is_built():
            self.hummingbird = Hummingbird(bench.processes, folder / "hummingbird", body)
        bench.tell(f"{name}: answers of {self.bytes} bytes, 64 connections, wrk with one thread"
                   + ("" if self.hummingbird else "; no Hummingbird 2 (make bench-peer builds it)"))

    def ours(self, path: str, tag: str = "") -> tuple[int, Load]:
        return self.drumbeat.pid, self._load(self.drumbeat.url + path, tag)

    def peers(self, fixed: bool) -> dict[str, tuple[int, Load]]:
        tag = "" if fixed else self.nginx.tag
        sides = {"nginx": (self.nginx.pid, self._load(self.nginx.url + ("/answer" if fixed else "/file"), tag))}
        if self.hummingbird:
            url = self.hummingbird.url + "/v1/incidents/INC-1"
            sides["Hummingbird 2"] = (self.hummingbird.pid, self._load(url, "" if fixed else self.hummingbird.tag))
        return sides

    def _load(self, url: str, tag: str) -> Load:
        # The peers get the same requests, although they check no token.
        return Load(url, fields=(self.drumbeat.authorization, *((f"If-None-Match: {tag}",) if tag else ())))


def _compare(bench: Bench, ours: tuple[int, Load], peers: dict[str, tuple[int, Load]]) -> dict[str, list[Measured]]:
    def measure(side: tuple[int, Load]) -> Measured:
        settle()
        return run(side[1], bench.seconds, side[0])

    sides = {"ours": ours, **peers}
    for server, load in sides.values():
        run(load, 1, server)
    calls: dict[str, Callable[[], Measured]] = {name: partial(measure, side) for name, side in sides.items()}
    return alternate(bench.rounds, calls, bench.tell)


def _rows(
    target: str, what: str, seen: dict[str, list[Measured]], rate: dict[str, float], cpu_limit: float
) -> list[Row]:
    """A line per peer whose rate is required, and one for nginx's CPU time."""
    ours, rows = seen["ours"], []
    for peer, least in rate.items():
        if peer not in seen:
            rows.append(Row(target, f"{what}: rate by {peer}", f"≥ {least} ×", "–", "not built"))
            continue
        part = ratio(ours, seen[peer], lambda run: run.per_second)
        rows.append(Row(
            target, f"{what}: rate by {peer}", f"≥ {least} ×", f"{median_of(ours).per_second:,.0f}/s",
            f"{median_of(seen[peer]).per_second:,.0f}/s", f"{part:.2f} ×", part >= least,
            {"ratio": part, "p99_ms": median_of(ours).p99_ms}))
    part = ratio(ours, seen["nginx"], lambda run: run.cpu_us)
    rows.append(Row(
        target, f"{what}: CPU by nginx", f"≤ {cpu_limit} ×", f"{median_of(ours).cpu_us:.1f} µs",
        f"{median_of(seen['nginx']).cpu_us:.1f} µs", f"{part:.2f} ×", part <= cpu_limit, {"ratio": part}))
    return rows


def measure_get(bench: Bench) -> list[Row]:
    servers = _Servers(bench, "T1")
    seen = _compare(bench, servers.ours("/v1/incidents/INC-1"), servers.peers(fixed=True))
    return _rows("T1", "GET an open incident", seen, {"nginx": 0.9, "Hummingbird 2": 1.9}, 1.3)


def measure_not_modified(bench: Bench) -> list[Row]:
    servers = _Servers(bench, "T2")
    seen = _compare(bench, servers.ours("/v1/incidents/INC-1", servers.tag), servers.peers(fixed=False))
    rows = _rows("T2", "304 of an incident", seen, {"Hummingbird 2": 2.1}, 1.3)
    peers = servers.peers(fixed=False)
    seen = _compare(bench, servers.ours("/v1/incidents", servers.list_tag), peers)
    return rows + _rows("T2", "304 of the open list", seen, {"Hummingbird 2": 2.1}, 1.3)


TARGETS = [
    Target(("T1",), "GET of one open incident", measure_get),
    Target(("T2",), "304 of an incident and of the open list", measure_not_modified),
]
